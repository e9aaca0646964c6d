import { useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import type { Queue } from '../api/shapes.ts';
import { Answer } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts, Page } from '../ui/page.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Span } from '../ui/time.tsx';
import { PauseQueue } from './pause-queue.tsx';
import { QueueHistory } from './queue-history.tsx';
import { QueueSettings } from './queue-settings.tsx';
import { stateOf } from './queues.tsx';

type Of = { readonly service: string; readonly queue: Queue };

/** One queue: how it stands, its last hours, what an admin may set. */
export function QueuePage() {
  const { service = '', name = '' } = useParams();
  const queue = useAnswer<Queue>(`/api/${service}/queues/${encodeURIComponent(name)}`, { everyMs: 5_000 });
  return (
    <Answer of={queue} lines={8}>
      {(found) => <Shown service={service} queue={found} />}
    </Answer>
  );
}

const Shown = ({ service, queue }: Of) => (
  <Page
    title={queue.name}
    aside={<StateBadge state={stateOf(queue)} />}
    from={{ href: '/queues', text: 'Queues' }}
    actions={
      <>
        <PauseQueue service={service} queue={queue} />
        <DeedButton
          path={`/api/${service}/queues/${encodeURIComponent(queue.name)}/drain`}
          said="It takes nothing new and finishes what it has."
          confirm={{
            title: 'Drain this queue',
            text: 'Nothing new is accepted until it is resumed; what waits is worked off.',
          }}
        >
          Drain
        </DeedButton>
        <QueueSettings service={service} queue={queue} />
      </>
    }
  >
    <div className="card">
      <Facts
        of={{
          Service: service,
          Due: (
            <ResourceLink
              href={`/jobs?service=${service}&queue=${queue.name}&state=available`}
              id=""
              text={numberText(queue.ready)}
            />
          ),
          Running: numberText(queue.running),
          'For later': numberText(queue.later),
          'Oldest wait': <Span ms={queue.oldestWaitMs} />,
          'In, out a minute': `${numberText(queue.rates.enqueued)}, ${numberText(queue.rates.ended)}`,
          'At once in a process': queue.concurrency ?? 'as the process has it',
          Weight: queue.weight,
          Lanes: Object.entries(queue.weights)
            .map(([lane, weight]) => `${lane} ${weight}`)
            .join(', '),
          Jobs: queue.jobs.join(', '),
          'Left to drain': queue.draining ? numberText(queue.draining.left) : undefined,
          'Set by': queue.updatedBy ?? undefined,
        }}
      />
    </div>
    <QueueHistory service={service} name={queue.name} />
  </Page>
);
