import { useEverywhere } from '../api/everywhere.ts';
import type { Breaker, Limit, OfService, Queue } from '../api/shapes.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { AwayNote } from '../ui/away-note.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { numberText } from '../ui/numbers.ts';
import { Page, Section } from '../ui/page.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Ago, Span } from '../ui/time.tsx';
import { PauseQueue } from './pause-queue.tsx';

/** Every queue, and what holds jobs back beside the queues: limits and breakers. */
export function QueuesPage() {
  const queues = useEverywhere<Queue>('queues');
  return (
    <Page title="Queues">
      <Answer of={queues} lines={8}>
        {({ items, away }) => (
          <>
            <AwayNote away={away} />
            <Table
              label="Queues"
              columns={columns}
              rows={items}
              keyOf={({ service, name }) => `${service} ${name}`}
              empty={<Empty title="There is no queue" />}
            />
          </>
        )}
      </Answer>
      <Limits />
      <Breakers />
    </Page>
  );
}

const columns: readonly Column<OfService<Queue>>[] = [
  {
    title: 'Queue',
    cell: ({ service, name }) => <ResourceLink href={`/queues/${service}/${name}`} id={name} text={name} />,
  },
  { title: 'State', cell: (queue) => <StateBadge state={stateOf(queue)} /> },
  { title: 'Due', isNumber: true, cell: ({ ready }) => numberText(ready) },
  { title: 'Running', isNumber: true, cell: ({ running }) => numberText(running) },
  { title: 'Later', isNumber: true, cell: ({ later }) => numberText(later) },
  { title: 'Oldest wait', isNumber: true, cell: ({ oldestWaitMs }) => <Span ms={oldestWaitMs} /> },
  { title: 'In / min', isNumber: true, cell: ({ rates }) => numberText(rates.enqueued) },
  { title: 'Out / min', isNumber: true, cell: ({ rates }) => numberText(rates.ended) },
  { title: 'Lanes', cell: ({ lanes }) => <Lanes of={lanes} /> },
  { title: 'Steer', cell: (queue) => <PauseQueue service={queue.service} queue={queue} /> },
];

export const stateOf = ({ paused, draining }: Queue): string => (draining ? 'draining' : paused ? 'paused' : 'running');

const Lanes = ({ of }: { readonly of: Queue['lanes'] }) => (
  <span className="faint number">
    {Object.entries(of ?? {})
      .filter(([, count]) => count > 0)
      .map(([lane, count]) => `${lane} ${count}`)
      .join(' · ') || '–'}
  </span>
);

const limitColumns: readonly Column<OfService<Limit>>[] = [
  { title: 'Limit', cell: ({ key }) => key },
  { title: 'Service', cell: ({ service }) => service },
  { title: 'Kind', cell: ({ kind, hold }) => (hold ? `${kind}, held by the ${hold}` : kind) },
  { title: 'Used', isNumber: true, cell: ({ used, max }) => `${numberText(used)} / ${numberText(max)}` },
  { title: 'Waiting', isNumber: true, cell: ({ waiting }) => numberText(waiting) },
  { title: 'Oldest wait', isNumber: true, cell: ({ oldestWaitMs }) => <Span ms={oldestWaitMs} /> },
];

function Limits() {
  const limits = useEverywhere<Limit>('limits');
  return (
    <Section title="Limits">
      <Answer of={limits}>
        {({ items }) => (
          <Table
            label="Limits"
            columns={limitColumns}
            rows={items}
            keyOf={({ service, key }) => `${service} ${key}`}
            empty={<Empty title="No limit is set" />}
          />
        )}
      </Answer>
    </Section>
  );
}

const breakerColumns: readonly Column<OfService<Breaker>>[] = [
  { title: 'Dependency', cell: ({ name }) => name },
  { title: 'Service', cell: ({ service }) => service },
  { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  { title: 'Recent failures', isNumber: true, cell: ({ recentFailures }) => recentFailures },
  { title: 'Opened', isNumber: true, cell: ({ openings }) => openings },
  { title: 'Open until', cell: ({ openUntil }) => <Ago at={openUntil} /> },
  { title: 'Steer', cell: (breaker) => <Steer of={breaker} /> },
];

const Steer = ({ of: { service, name, state } }: { readonly of: OfService<Breaker> }) =>
  state === 'closed' ? (
    <DeedButton path={`/api/${service}/breakers/${encodeURIComponent(name)}/open`} said={`${name} is kept from calls.`}>
      Open
    </DeedButton>
  ) : (
    <DeedButton path={`/api/${service}/breakers/${encodeURIComponent(name)}/close`} said={`${name} is called again.`}>
      Close
    </DeedButton>
  );

function Breakers() {
  const breakers = useEverywhere<Breaker>('breakers');
  return (
    <Section title="Breakers">
      <Answer of={breakers}>
        {({ items }) => (
          <Table
            label="Breakers"
            columns={breakerColumns}
            rows={items}
            keyOf={({ service, name }) => `${service} ${name}`}
            empty={<Empty title="No dependency has failed yet" />}
          />
        )}
      </Answer>
    </Section>
  );
}
