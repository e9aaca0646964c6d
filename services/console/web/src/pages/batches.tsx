import { usePages } from '../api/answers.ts';
import type { Batch } from '../api/product-shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { Meter } from '../ui/meter.tsx';
import { numberText } from '../ui/numbers.ts';
import { Page } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago, Span } from '../ui/time.tsx';

/** Batches of meshes, newest first. */
export function BatchesPage() {
  const batches = usePages<Batch>('/api/mesh-orchestrator/batches');
  return (
    <Page title="Batches">
      <PagedTable
        of={batches}
        label="Batches"
        columns={columns}
        keyOf={({ id }) => id}
        empty={<Empty title="No batch yet">A project's pictures become meshes together from its page.</Empty>}
      />
    </Page>
  );
}

const columns: readonly Column<Batch>[] = [
  { title: 'Batch', cell: ({ id }) => <ResourceLink href={`/batches/${id}`} id={id} /> },
  { title: 'State', cell: ({ status }) => <StateBadge state={status} /> },
  { title: 'Progress', cell: ({ progress }) => <Meter share={progress / 100} label="Progress" /> },
  { title: 'Done', isNumber: true, cell: ({ completed, total }) => `${numberText(completed)} / ${numberText(total)}` },
  { title: 'Failed', isNumber: true, cell: ({ failed }) => numberText(failed) },
  {
    title: 'More',
    isNumber: true,
    cell: ({ etaSeconds }) => <Span ms={etaSeconds === null ? null : etaSeconds * 1_000} />,
  },
  { title: 'Project', cell: ({ projectId }) => <ResourceLink href={`/projects/${projectId}`} id={projectId} /> },
  { title: 'Begun', cell: ({ createdAt }) => <Ago at={createdAt} /> },
];
