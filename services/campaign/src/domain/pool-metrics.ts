import { recommendedSize } from './pool-demand.ts';
import type { PoolPolicy } from './pool-policy.ts';

/** What a minute's row says, as far as it is needed here. */
export type Minute = {
  readonly at: Date;
  readonly hits?: number;
  readonly misses?: number;
  readonly wasted?: number;
  readonly builds?: number;
  readonly buildMs?: number;
  readonly refills?: number;
  readonly refillMs?: number;
  readonly exhaustedMs?: number;
  readonly ready?: number;
  readonly building?: number;
  readonly claims?: Readonly<Record<string, number>>;
};

type Counted = 'hits' | 'misses' | 'wasted' | 'builds' | 'buildMs' | 'refills' | 'refillMs' | 'exhaustedMs';

const sum = (minutes: readonly Minute[], field: Counted) =>
  minutes.reduce((total, minute) => total + (minute[field] ?? 0), 0);

/** How a pool did over some minutes. Times in milliseconds unless named otherwise; null where nothing was measured. */
export function poolMetrics(minutes: readonly Minute[], { policy, now }: { policy: PoolPolicy; now: Date }) {
  const [hits, misses, builds] = [sum(minutes, 'hits'), sum(minutes, 'misses'), sum(minutes, 'builds')];
  const buildMs = mean(sum(minutes, 'buildMs'), builds);
  const refillLagMs = mean(sum(minutes, 'refillMs'), sum(minutes, 'refills'));
  const demand = minutes.map(({ at, hits: had = 0, misses: wanted = 0 }) => ({ at, asked: had + wanted }));
  const claims = merged(minutes);
  return {
    hits,
    misses,
    hitRate: hits + misses === 0 ? null : hits / (hits + misses),
    exhaustionSeconds: Math.round(sum(minutes, 'exhaustedMs') / 1_000),
    claimMs: { p50: quantile(claims, 0.5), p95: quantile(claims, 0.95), p99: quantile(claims, 0.99) },
    builds,
    buildMs,
    refillLagMs,
    wasted: sum(minutes, 'wasted'),
    recommended: recommendedSize(demand, {
      refillMs: refillLagMs ?? buildMs ?? 0,
      now,
      bounds: { min: policy.min, max: policy.max },
    }),
  };
}

const mean = (total: number, count: number): number | null => (count === 0 ? null : Math.round(total / count));

/** Claims by their upper bound in milliseconds, the smallest bound first. */
type Histogram = readonly (readonly [boundMs: number, count: number])[];

function merged(minutes: readonly Minute[]): Histogram {
  const counts = new Map<number, number>();
  for (const { claims = {} } of minutes)
    for (const [bucket, count] of Object.entries(claims)) {
      const boundMs = Number(bucket.slice(1));
      counts.set(boundMs, (counts.get(boundMs) ?? 0) + count);
    }
  return [...counts].toSorted(([one], [other]) => one - other);
}

/** The bound below which at least this share lies: never less than the true quantile. */
function quantile(histogram: Histogram, share: number): number | null {
  const total = histogram.reduce((all, [, count]) => all + count, 0);
  let seen = 0;
  for (const [boundMs, count] of histogram) {
    seen += count;
    if (seen >= total * share) return boundMs;
  }
  return null;
}
