import { Link, useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import { address } from '../api/request.ts';
import type { Queue } from '../api/shapes.ts';
import { Answer } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts, Page } from '../ui/page.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Span } from '../ui/time.tsx';
import { PauseQueue } from './pause-queue.tsx';
import { QueueHistory } from './queue-history.tsx';
import { QueueSettings } from './queue-settings.tsx';
import { queueState } from './queue-state.ts';

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
    aside={<StateBadge state={queueState(queue)} />}
    from={{ href: '/queues', text: 'Queues' }}
    actions={
      <>
        <PauseQueue service={service} queue={queue} />
        <DeedButton
          path={`/api/${service}/queues/${encodeURIComponent(queue.name)}/drain`}
          said="What was accepted until now is worked off; then it is paused."
          confirm={{
            title: 'Drain this queue',
            text: 'What was accepted until now is worked off, then the queue is paused; later jobs wait until it is resumed.',
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
            <Link href={address('/jobs', { service, queue: queue.name, state: 'available' })}>
              {numberText(queue.ready)}
            </Link>
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
