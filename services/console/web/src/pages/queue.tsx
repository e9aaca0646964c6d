import { useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import { address } from '../api/request.ts';
import type { Queue } from '../api/shapes.ts';
import { useUrlState } from '../api/url-state.ts';
import { Answer } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { Choice } from '../ui/field.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts, Page, Section } from '../ui/page.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Span } from '../ui/time.tsx';
import { type Line, TimeChart } from '../ui/time-chart.tsx';
import { PauseQueue } from './pause-queue.tsx';
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
    <History service={service} name={queue.name} />
  </Page>
);

const spans = [
  ['60', 'the last hour'],
  ['360', 'the last 6 hours'],
  ['1440', 'the last day'],
  ['4320', 'the last 3 days'],
] as const;

function History({ service, name }: { readonly service: string; readonly name: string }) {
  const url = useUrlState();
  const minutes = Number(url.get('minutes') || 60);
  return (
    <Section
      title="History"
      actions={
        <Choice label="Of" value={String(minutes)} onChange={(value) => url.set({ minutes: value })} of={spans} />
      }
    >
      <div className="charts">
        <Chart
          {...{ service, name, minutes }}
          title="Flow by the minute"
          unit=""
          metrics={[
            ['enqueued', 'accent'],
            ['completed', 'good'],
            ['failed', 'bad'],
          ]}
        />
        <Chart {...{ service, name, minutes }} title="Backlog" unit="" metrics={[['backlog', 'warn']]} />
        <Chart
          {...{ service, name, minutes }}
          title="Wait, mean and longest"
          unit=" ms"
          metrics={[
            ['waitMs', 'accent'],
            ['waitMsMax', 'warn'],
          ]}
        />
        <Chart
          {...{ service, name, minutes }}
          title="Run, mean and longest"
          unit=" ms"
          metrics={[
            ['runMs', 'accent'],
            ['runMsMax', 'warn'],
          ]}
        />
      </div>
    </Section>
  );
}

type ChartProps = {
  readonly service: string;
  readonly name: string;
  readonly minutes: number;
  readonly title: string;
  readonly unit: string;
  readonly metrics: readonly (readonly [metric: string, tone: Line['tone']])[];
};

type History = { readonly points: readonly { readonly at: string; readonly value: number | null }[] };

/** At most three lines, each its own request. */
function Chart({ service, name, minutes, title, unit, metrics }: ChartProps) {
  const [first, second, third] = metrics.map(([metric]) => metric);
  const answers = [
    useHistory(service, name, minutes, first),
    useHistory(service, name, minutes, second),
    useHistory(service, name, minutes, third),
  ];
  const times = answers[0]?.data?.points.map(({ at }) => at) ?? [];
  const lines = metrics.map(([metric, tone], index) => ({
    name: metric,
    tone,
    values: answers[index]?.data?.points.map(({ value }) => value) ?? [],
  }));
  return (
    <figure className="card chart-card">
      <figcaption>{title}</figcaption>
      <TimeChart
        label={title}
        times={times}
        lines={lines.filter(({ values }) => values.length === times.length)}
        unit={unit}
      />
    </figure>
  );
}

function useHistory(service: string, name: string, minutes: number, metric: string | undefined) {
  const minute = Math.floor(Date.now() / 60_000);
  const from = new Date((minute - minutes) * 60_000).toISOString();
  const step = minutes > 360 ? minutes / 72 : 1;
  const path = address(`/api/${service}/queues/${encodeURIComponent(name)}/history`, { metric, from, step: step * 60 });
  return useAnswer<History>(path, { when: metric !== undefined, everyMs: 30_000 });
}
