import { usePages } from '../api/answers.ts';
import type { Release } from '../api/music-shapes.ts';
import { useFilter } from '../api/url-state.ts';
import { Empty } from '../ui/answer.tsx';
import { FilterChoice, Filters, FilterText } from '../ui/filter.tsx';
import { numberText } from '../ui/numbers.ts';
import { Section } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import type { Column } from '../ui/table.tsx';

/** The editions of an album. */
export function AlbumReleases({ albumId }: { readonly albumId: string }) {
  const filter = useFilter((name) => name === 'format' || name === 'country');
  const releases = usePages<Release>(`/api/music/albums/${albumId}/releases`, filter);
  return (
    <Section title="Releases">
      <Filters>
        <FilterChoice name="format" label="Format" of={['vinyl', 'cd', 'digital', 'cassette', 'other', 'mixed']} />
        <FilterText name="country" label="Country" placeholder="GB" />
      </Filters>
      <PagedTable
        of={releases}
        label="Releases"
        columns={columns}
        keyOf={({ id }) => id}
        empty={<Empty title={Object.keys(filter).length > 0 ? 'No release is like that' : 'No release yet'} />}
        lines={6}
      />
    </Section>
  );
}

const columns: readonly Column<Release>[] = [
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
