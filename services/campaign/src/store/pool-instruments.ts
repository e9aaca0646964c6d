import { metrics } from '@opentelemetry/api';
import type { PoolType } from '../domain/pool.ts';

/** What Prometheus is told of the pools, beside the minutes that are kept for charts. */
export function poolInstruments() {
  const meter = metrics.getMeter('millrace.campaign');
  const counters = {
    hits: meter.createCounter('pool_hits_total', { description: 'Creations that got a ready campaign.' }),
    misses: meter.createCounter('pool_misses_total', { description: 'Creations that found none and went cold.' }),
    wasted: meter.createCounter('pool_wasted_total', {
      description: 'Members removed without anybody having had them.',
    }),
  };
  const durations = {
    claim: meter.createHistogram('pool_claim_seconds', { description: 'Time that a claim takes.' }),
    build: meter.createHistogram('pool_build_seconds', {
      description: 'From the opening of a place until it is ready.',
    }),
    refillLag: meter.createHistogram('pool_refill_lag_seconds', {
      description: 'From a claim until it is made up for.',
    }),
  };
  return {
    /** Counters that Prometheus is not told of are left alone. */
    count(pool: PoolType, counter: string, by: number): void {
      if (counter in counters) counters[counter as keyof typeof counters].add(by, { pool });
    },
    took(pool: PoolType, what: keyof typeof durations, ms: number): void {
      durations[what].record(ms / 1_000, { pool });
    },
  };
}
