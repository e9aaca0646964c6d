import { metrics } from '@opentelemetry/api';
import type { Pool } from './pools.ts';

const levels: Readonly<Record<Pool['level'], number>> = { healthy: 0, low: 1, critical: 2 };

/** Shows how full each pool is as a gauge, read when it is scraped; a pool that is paused shows nothing. */
export function measurePools(pools: { list(): Promise<readonly Pool[]> }): void {
  metrics
    .getMeter('millrace.campaign')
    .createObservableGauge('pool_level', { description: 'How full a pool is: 0 healthy, 1 low, 2 critical.' })
    .addCallback(async (observer) => {
      for (const { _id, level, policy } of await pools.list().catch(() => [])) {
        if (!policy.paused) observer.observe(levels[level], { pool: _id });
      }
    });
}
