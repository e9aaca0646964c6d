import { useAnswers } from '../api/answers.ts';
import { address } from '../api/request.ts';
import type { Line, Mark } from '../ui/chart-plot.ts';
import {
  type ChartSpan,
  ChartSpanChoice,
  presentOf,
  useChartSpan,
  weekBefore,
  weekBeforeOf,
} from '../ui/chart-span.tsx';
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

/** Of a chart that shows more than six hours. */
const mostSteps = 72;

type QueueName = { readonly service: string; readonly name: string };

/** What has happened to a queue of late; beside it, on demand, the same time a week before. */
export function QueueHistory({ service, name }: QueueName) {
  const span = useChartSpan();
  const marks = useVersionMarks(service, presentOf(span).from);
  return (
    <Section title="History" actions={<ChartSpanChoice />}>
      <div className="charts">
        {charts.map((drawn) => (
          <Chart key={drawn.title} of={drawn} {...{ service, name, span, marks }} />
        ))}
      </div>
    </Section>
  );
}

type ChartProps = QueueName & {
  readonly of: Drawn;
  readonly span: ChartSpan;
  readonly marks: readonly Mark[];
};

type History = { readonly points: readonly { readonly at: string; readonly value: number | null }[] };

function Chart({ of: { title, unit = '', metrics }, span, marks, service, name: queue }: ChartProps) {
  const pathsOf = (range: object) =>
    metrics.map(([metric]) =>
      address(`/api/${service}/queues/${encodeURIComponent(queue)}/history`, { metric, ...range, step: stepOf(span) }),
    );
  const present = useAnswers<History>(pathsOf(presentOf(span)));
  const before = useAnswers<History>(span.isBesideWeek ? pathsOf(weekBeforeOf(span)) : []);
  const lines = metrics.flatMap(([, name, tone], index): Line[] => {
    const line = { name, tone, values: valuesOf(present[index]) };
    return span.isBesideWeek ? [line, weekBefore(line, valuesOf(before[index]))] : [line];
  });
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

/** In seconds. */
const stepOf = ({ minutes }: ChartSpan): number => (minutes > 360 ? (minutes / mostSteps) * 60 : 60);
