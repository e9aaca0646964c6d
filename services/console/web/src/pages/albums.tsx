import { usePages } from '../api/answers.ts';
import type { Album } from '../api/music-shapes.ts';
import { useFilter } from '../api/url-state.ts';
import { Empty } from '../ui/answer.tsx';
import { FilterChoice, Filters } from '../ui/filter.tsx';
import { numberText } from '../ui/numbers.ts';
import { PagedTable } from '../ui/paged-list.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { SmallPicture } from '../ui/small-picture.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';

/** Albums, the newest first, and how their imports stand. */
export function Albums() {
  const filter = useFilter((name) => name === 'importStatus');
  const albums = usePages<Album>('/api/music/albums', filter);
  return (
    <>
      <Filters>
        <FilterChoice
          name="importStatus"
          label="Import"
          of={['pending', 'importing', 'imported', 'needs-match', 'failed']}
        />
      </Filters>
      <PagedTable of={albums} label="Albums" columns={columns} keyOf={({ id }) => id} empty={emptyOf(filter)} />
    </>
  );
}

const emptyOf = ({ importStatus }: Readonly<Record<string, string>>) =>
  importStatus ? (
    <Empty title={`The import of no album is ${importStatus}`} />
  ) : (
    <Empty title="No album yet">Add one; its releases come by themselves.</Empty>
  );

const columns: readonly Column<Album>[] = [
  {
    title: 'Cover',
    cell: ({ cover, title }) => <SmallPicture src={cover?.thumbnails['250']} of={title} />,
  },
  { title: 'Album', cell: ({ id, title }) => <ResourceLink href={`/music/${id}`} id={id} text={title} /> },
  { title: 'By', cell: ({ artists }) => artists.join(', ') },
  { title: 'Import', cell: ({ importStatus }) => <StateBadge state={importStatus} /> },
  { title: 'Releases', isNumber: true, cell: ({ releaseCount }) => numberText(releaseCount) },
  { title: 'Imported', cell: ({ importedAt }) => <Ago at={importedAt} /> },
];
