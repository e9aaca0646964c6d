import { usePages } from '../api/answers.ts';
import type { AlbumImport } from '../api/music-shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { numberText } from '../ui/numbers.ts';
import { Section } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import { JobLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';

/** What has brought the editions, the newest first. */
export function AlbumImports({ albumId }: { readonly albumId: string }) {
  const imports = usePages<AlbumImport>(`/api/music/albums/${albumId}/imports`);
  return (
    <Section title="Imports">
      <PagedTable
        of={imports}
        label="Imports"
        columns={columns}
        keyOf={({ id }) => id}
        empty={<Empty title="No import yet" />}
        lines={4}
      />
    </Section>
  );
}

const columns: readonly Column<AlbumImport>[] = [
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
