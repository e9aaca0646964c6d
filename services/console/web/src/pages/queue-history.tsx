import { useAnswers } from '../api/answers.ts';
import { address } from '../api/request.ts';
import { useUrlState } from '../api/url-state.ts';
import type { Line, Mark } from '../ui/chart-plot.ts';
import { WholeRange } from '../ui/chart-range.tsx';
import { Check, Choice } from '../ui/field.tsx';
import { Section } from '../ui/page.tsx';
import { TimeChart } from '../ui/time-chart.tsx';
import { useVersionMarks } from './version-marks.ts';

type Drawn = {
  readonly title: string;
  readonly unit?: string;
  readonly metrics: readonly (readonly [metric: string, name: string, tone: Line['tone']])[];
};

const charts: readonly Drawn[] = [
  {
    title: 'Flow by the minute',
    metrics: [
      ['enqueued', 'in', 'accent'],
      ['completed', 'completed', 'good'],
      ['failed', 'failed', 'bad'],
    ],
  },
  { title: 'Backlog', metrics: [['backlog', 'due and running', 'warn']] },
  {
    title: 'Wait',
    unit: ' ms',
    metrics: [
      ['waitMs', 'mean', 'accent'],
      ['waitMsMax', 'longest', 'warn'],
    ],
  },
  {
    title: 'Run',
    unit: ' ms',
    metrics: [
      ['runMs', 'mean', 'accent'],
      ['runMsMax', 'longest', 'warn'],
    ],
  },
];

const spans = [
  ['60', 'the last hour'],
  ['360', 'the last 6 hours'],
  ['1440', 'the last day'],
  ['4320', 'the last 3 days'],
] as const;

const minuteMs = 60_000;
const weekMs = 7 * 86_400_000;
/** Of a chart that shows more than six hours. */
const mostSteps = 72;

type QueueName = { readonly service: string; readonly name: string };

/** What has happened to a queue of late; beside it, on demand, the same time a week before. */
export function QueueHistory({ service, name }: QueueName) {
  const url = useUrlState();
  const minutes = Number(url.get('minutes') || 60);
  const isBesideWeek = url.get('beside') === 'week';
  const from = (Math.floor(Date.now() / minuteMs) - minutes) * minuteMs;
  const marks = useVersionMarks(service, new Date(from).toISOString());
  return (
    <Section
      title="History"
      actions={
        <>
          <WholeRange />
          <Check
            label="Beside the week before"
            checked={isBesideWeek}
            onChange={(isOn) => url.set({ beside: isOn ? 'week' : null })}
          />
          <Choice
            label="Show"
            value={String(minutes)}
            onChange={(value) => url.set({ minutes: value, part: null })}
            of={spans}
          />
        </>
      }
    >
      <div className="charts">
        {charts.map((drawn) => (
          <Chart key={drawn.title} of={drawn} {...{ service, name, minutes, from, isBesideWeek, marks }} />
        ))}
      </div>
    </Section>
  );
}

type ChartProps = QueueName & {
  readonly of: Drawn;
  readonly minutes: number;
  readonly from: number;
  readonly isBesideWeek: boolean;
  readonly marks: readonly Mark[];
};

type History = { readonly points: readonly { readonly at: string; readonly value: number | null }[] };

function Chart({ of: { title, unit = '', metrics }, isBesideWeek, marks, ...wish }: ChartProps) {
  const present = useAnswers<History>(metrics.map(([metric]) => pathOf(metric, wish)));
  const before = useAnswers<History>(isBesideWeek ? metrics.map(([metric]) => pathOf(metric, wish, weekMs)) : []);
  const lines = metrics.flatMap(([, name, tone], index): Line[] => [
    { name, tone, values: valuesOf(present[index]) },
    ...(isBesideWeek ? [{ name: `${name}, a week before`, tone, values: valuesOf(before[index]), isPale: true }] : []),
  ]);
  return (
    <figure className="card chart-card">
      <figcaption>{title}</figcaption>
      <TimeChart
        label={`${title} of the queue`}
        times={present[0]?.points.map(({ at }) => at) ?? []}
        lines={lines}
        unit={unit}
        marks={marks}
      />
    </figure>
  );
}

const valuesOf = (history: History | undefined): readonly (number | null)[] =>
  history?.points.map(({ value }) => value) ?? [];

/** The minute that runs is the last; a week before it is a whole one. */
function pathOf(
  metric: string,
  { service, name, minutes, from }: QueueName & Pick<ChartProps, 'minutes' | 'from'>,
  agoMs = 0,
): string {
  const stepMinutes = minutes > 360 ? minutes / mostSteps : 1;
  return address(`/api/${service}/queues/${encodeURIComponent(name)}/history`, {
    metric,
    from: new Date(from - agoMs).toISOString(),
    to: agoMs > 0 ? new Date(from - agoMs + (minutes + 1) * minuteMs).toISOString() : undefined,
    step: stepMinutes * 60,
  });
}
