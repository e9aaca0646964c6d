import { useEverywhere } from '../api/everywhere.ts';
import type { OfService, Queue } from '../api/shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { EverywhereTable } from '../ui/everywhere-table.tsx';
import { numberText } from '../ui/numbers.ts';
import { Page } from '../ui/page.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Span } from '../ui/time.tsx';
import { Breakers } from './breakers.tsx';
import { Limits } from './limits.tsx';
import { PauseQueue } from './pause-queue.tsx';
import { queueState } from './queue-state.ts';

/** Every queue, and what holds jobs back beside the queues: limits and breakers. */
export function QueuesPage() {
  const queues = useEverywhere<Queue>('queues');
  return (
    <Page title="Queues">
      <EverywhereTable
        of={queues}
        label="Queues"
        columns={columns}
        keyOf={({ service, name }) => `${service} ${name}`}
        empty={<Empty title="There is no queue" />}
        lines={8}
      />
      <Limits />
      <Breakers />
    </Page>
  );
}

const columns: readonly Column<OfService<Queue>>[] = [
  {
    title: 'Queue',
    cell: ({ service, name }) => (
      <ResourceLink href={`/queues/${service}/${encodeURIComponent(name)}`} id={name} text={name} />
    ),
  },
  { title: 'State', cell: (queue) => <StateBadge state={queueState(queue)} /> },
  { title: 'Due', isNumber: true, cell: ({ ready }) => numberText(ready) },
  { title: 'Running', isNumber: true, cell: ({ running }) => numberText(running) },
  { title: 'Later', isNumber: true, cell: ({ later }) => numberText(later) },
  { title: 'Oldest wait', isNumber: true, cell: ({ oldestWaitMs }) => <Span ms={oldestWaitMs} /> },
  { title: 'In / min', isNumber: true, cell: ({ rates }) => numberText(rates.enqueued) },
  { title: 'Out / min', isNumber: true, cell: ({ rates }) => numberText(rates.ended) },
  { title: 'Lanes', cell: ({ lanes }) => <Lanes of={lanes} /> },
  { title: 'Steer', cell: (queue) => <PauseQueue service={queue.service} queue={queue} /> },
];

const Lanes = ({ of }: { readonly of: Queue['lanes'] }) => (
  <span className="faint number">
    {Object.entries(of ?? {})
      .filter(([, count]) => count > 0)
      .map(([lane, count]) => `${lane} ${count}`)
      .join(' · ') || '–'}
  </span>
);
