import { everyMinute, minutesFrom, type PoolPoint, type PoolSeries } from '../../../src/domain/pool-series.ts';
import { useAnswer } from '../api/answers.ts';
import type { PoolMetrics } from '../api/product-shapes.ts';
import { address } from '../api/request.ts';
import { Answer } from '../ui/answer.tsx';
import type { Line, Mark } from '../ui/chart-plot.ts';
import {
  type ChartSpan,
  ChartSpanChoice,
  presentOf,
  useChartSpan,
  weekBefore,
  weekBeforeOf,
} from '../ui/chart-span.tsx';
import { numberText, shareText } from '../ui/numbers.ts';
import { Facts, Section } from '../ui/page.tsx';
import { Span } from '../ui/time.tsx';
import { TimeChart } from '../ui/time-chart.tsx';
import { useVersionMarks } from './version-marks.ts';

type Metrics = PoolMetrics & { readonly points: readonly PoolPoint[] };

/** What was asked of a pool of late and how it bore it; beside it, on demand, the same time a week before. */
export function PoolDemand({ type }: { readonly type: string }) {
  const span = useChartSpan();
  const path = `/api/campaign/pools/${type}/metrics`;
  const metrics = useAnswer<Metrics>(address(path, presentOf(span)), { everyMs: 30_000 });
  const before = useAnswer<Metrics>(address(path, weekBeforeOf(span)), { when: span.isBesideWeek, everyMs: 600_000 });
  const marks = useVersionMarks('campaign', presentOf(span).from);
  return (
    <Section title="Demand" actions={<ChartSpanChoice />}>
      <Answer of={metrics} lines={6}>
        {(found) => (
          <>
            <DemandFacts of={found} />
            <Charts present={found.points} before={before.data?.points ?? []} span={span} marks={marks} />
          </>
        )}
      </Answer>
    </Section>
  );
}

const DemandFacts = ({ of }: { readonly of: Metrics }) => (
  <div className="card">
    <Facts
      of={{
        'Hit rate': shareText(of.hitRate),
        'Claim p50, p95, p99': (
          <>
            <Span ms={of.claimMs.p50} />, <Span ms={of.claimMs.p95} />, <Span ms={of.claimMs.p99} />
          </>
        ),
        Built: numberText(of.builds),
        'A build takes': <Span ms={of.buildMs} />,
        'From claim to refill': <Span ms={of.refillLagMs} />,
        Wasted: numberText(of.wasted),
        'Empty for': <Span ms={of.exhaustionSeconds * 1_000} />,
      }}
    />
  </div>
);

const charts = [
  {
    title: 'Claims: at once, and not',
    label: 'Claims over time',
    lines: [
      ['hits', 'good'],
      ['misses', 'bad'],
    ],
  },
  {
    title: 'Members',
    label: 'Members over time',
    lines: [
      ['ready', 'accent'],
      ['building', 'warn'],
    ],
  },
] as const;

type ChartsProps = {
  readonly present: readonly PoolPoint[];
  readonly before: readonly PoolPoint[];
  readonly span: ChartSpan;
  readonly marks: readonly Mark[];
};

function Charts({ present, before, span, marks }: ChartsProps) {
  const minutes = span.minutes + 1;
  const now = everyMinute(present, span.from, minutes);
  const then = span.isBesideWeek ? everyMinute(before, Date.parse(weekBeforeOf(span).from), minutes) : undefined;
  return (
    <div className="charts">
      {charts.map(({ title, label, lines }) => (
        <figure key={title} className="card chart-card">
          <figcaption>{title}</figcaption>
          <TimeChart
            label={label}
            times={minutesFrom(span.from, minutes)}
            marks={marks}
            lines={lines.flatMap(([name, tone]) => linesOf({ name, tone, values: now[name] }, then?.[name]))}
          />
        </figure>
      ))}
    </div>
  );
}

const linesOf = (line: Line, before: PoolSeries['hits'] | undefined): readonly Line[] =>
  before ? [line, weekBefore(line, before)] : [line];
