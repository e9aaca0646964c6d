import { useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import type { Album } from '../api/music-shapes.ts';
import { Answer } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { FailureNote } from '../ui/failure-note.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts, Page } from '../ui/page.tsx';
import { JobLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Ago } from '../ui/time.tsx';
import { AlbumImports } from './album-imports.tsx';
import { AlbumReleases } from './album-releases.tsx';

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
              name="import"
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
          <AlbumReleases albumId={found.id} />
          <AlbumImports albumId={found.id} />
        </Page>
      )}
    </Answer>
  );
}
