import { usePages } from '../api/answers.ts';
import type { OfService, Operation } from '../api/shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { AwayNote } from '../ui/away-note.tsx';
import { Clip } from '../ui/clip.tsx';
import { Meter } from '../ui/meter.tsx';
import { numberText } from '../ui/numbers.ts';
import { Page } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';
import { CancelOperation } from './operation.tsx';

/** Bulk work in the background: how far each is, and what it could not do. */
export function OperationsPage() {
  const operations = usePages<OfService<Operation>>('/api/everywhere/operations');
  return (
    <Page title="Operations">
      <AwayNote away={operations.away} />
      <PagedTable
        of={operations}
        label="Operations"
        columns={columns}
        keyOf={({ service, id }) => `${service} ${id}`}
        empty={
          <Empty title="No bulk work yet">
            What is done to all jobs of a filter shows here while it runs, and after.
          </Empty>
        }
      />
    </Page>
  );
}

const columns: readonly Column<OfService<Operation>>[] = [
  {
    title: 'Operation',
    cell: ({ id, kind, service }) => (
      <ResourceLink href={`/operations/${service}/${id}`} id={id} text={`${kind} in ${service}`} />
    ),
  },
  { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  { title: 'Progress', cell: ({ progress, kind }) => <Meter share={progress} label={`Progress of ${kind}`} /> },
  { title: 'Done', isNumber: true, cell: ({ done, total }) => `${numberText(done)} / ${numberText(total)}` },
  { title: 'Skipped', isNumber: true, cell: ({ skipped }) => numberText(skipped) },
  {
    title: 'Failed',
    isNumber: true,
    cell: ({ failed, problems }) => (
      <span title={problems.map(({ detail }) => detail).join('\n')}>{numberText(failed)}</span>
    ),
  },
  { title: 'Filter', cell: ({ filter }) => <Clip text={JSON.stringify(filter)} kind="mono" /> },
  { title: 'By', cell: ({ createdBy }) => createdBy ?? '–' },
  { title: 'Begun', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  {
    title: 'Steer',
    cell: (operation) => <CancelOperation service={operation.service} operation={operation} />,
  },
];
