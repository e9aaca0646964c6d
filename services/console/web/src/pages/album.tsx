import { useParams } from 'wouter';
import { useAnswer, usePages } from '../api/answers.ts';
import type { Album, AlbumImport, Release } from '../api/music-shapes.ts';
import { useUrlState } from '../api/url-state.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { FailureNote } from '../ui/failure-note.tsx';
import { Choice, TextField } from '../ui/field.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts, Page, Section } from '../ui/page.tsx';
import { JobLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';

/** One album: its editions, and each import that brought them. */
export function AlbumPage() {
  const { id = '' } = useParams();
  const album = useAnswer<Album>(`/api/music/albums/${id}`, { everyMs: 5_000 });
  return (
    <Answer of={album} lines={8}>
      {(found) => (
        <Page
          title={found.title}
          aside={<StateBadge state={found.importStatus} />}
          from={{ href: '/music', text: 'Music' }}
          actions={
            <DeedButton
              path={`/api/music/albums/${found.id}/import`}
              body={{}}
              needs="member"
              said="The import is under way."
              refusedBecause={found.importStatus === 'importing' ? 'It runs already.' : undefined}
            >
              Import again
            </DeedButton>
          }
        >
          {found.failure && <FailureNote of={found.failure} />}
          <div className="card">
            <Facts
              of={{
                By: found.artists.join(', ') || undefined,
                'Release group': found.musicbrainzReleaseGroupId ? (
                  <span className="mono">{found.musicbrainzReleaseGroupId}</span>
                ) : (
                  'not known'
                ),
                Releases: numberText(found.releaseCount),
                Imported: <Ago at={found.importedAt} />,
                Job: <JobLink service="music" id={found.importJobId} />,
              }}
            />
          </div>
          <Releases albumId={found.id} />
          <Imports albumId={found.id} />
        </Page>
      )}
    </Answer>
  );
}

function Releases({ albumId }: { readonly albumId: string }) {
  const url = useUrlState();
  const filter = { format: url.get('format'), country: url.get('country') };
  const releases = usePages<Release>(`/api/music/albums/${albumId}/releases`, filter);
  return (
    <Section title="Releases">
      <search className="filters" aria-label="Filter">
        <Choice
          label="Format"
          value={filter.format}
          onChange={(format) => url.set({ format: format || null })}
          of={[['', 'all'], 'vinyl', 'cd', 'digital', 'cassette', 'other', 'mixed']}
        />
        <TextField
          label="Country"
          placeholder="GB"
          value={filter.country}
          onChange={(country) => url.set({ country: country || null })}
        />
      </search>
      <Answer of={releases} lines={6}>
        {(rows) => (
          <Table
            label="Releases"
            columns={releaseColumns}
            rows={rows}
            keyOf={({ id }) => id}
            empty={<Empty title="No release is like that" />}
            more={releases}
          />
        )}
      </Answer>
    </Section>
  );
}

const releaseColumns: readonly Column<Release>[] = [
  { title: 'Title', cell: ({ title }) => title },
  { title: 'Format', cell: ({ format }) => format },
  { title: 'Date', cell: ({ date }) => date ?? '–' },
  { title: 'Country', cell: ({ country }) => country ?? '–' },
  {
    title: 'Label',
    cell: ({ labels }) =>
      labels.map(({ name, catalogNumber }) => [name, catalogNumber].filter(Boolean).join(' ')).join(', ') || '–',
  },
  {
    title: 'Tracks',
    isNumber: true,
    cell: ({ media }) => numberText(media.reduce((sum, { trackCount }) => sum + trackCount, 0)),
  },
  { title: 'Barcode', cell: ({ barcode }) => barcode ?? '–' },
  { title: 'State', cell: ({ status, removed }) => (removed ? `removed: ${removed.reason}` : (status ?? '–')) },
];

function Imports({ albumId }: { readonly albumId: string }) {
  const imports = usePages<AlbumImport>(`/api/music/albums/${albumId}/imports`);
  return (
    <Section title="Imports">
      <Answer of={imports}>
        {(rows) => (
          <Table
            label="Imports"
            columns={importColumns}
            rows={rows}
            keyOf={({ id }) => id}
            empty={<Empty title="No import yet" />}
            more={imports}
          />
        )}
      </Answer>
    </Section>
  );
}

const importColumns: readonly Column<AlbumImport>[] = [
  { title: 'Import', cell: ({ jobId, occasion }) => <JobLink service="music" id={jobId} text={occasion} /> },
  { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  {
    title: 'Received',
    isNumber: true,
    cell: ({ received, total }) => `${numberText(received)} / ${numberText(total)}`,
  },
  { title: 'Created', isNumber: true, cell: ({ result }) => numberText(result?.created) },
  { title: 'Updated', isNumber: true, cell: ({ result }) => numberText(result?.updated) },
  { title: 'Unchanged', isNumber: true, cell: ({ result }) => numberText(result?.unchanged) },
  { title: 'Says', cell: ({ failure }) => failure?.message ?? '' },
  { title: 'Begun', cell: ({ createdAt }) => <Ago at={createdAt} /> },
];
