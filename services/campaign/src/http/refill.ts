import { replenishPool } from '@millrace/contracts/campaign';
import type { Jobs } from '@millrace/jobs';
import { type PoolType, poolTypes } from '../domain/pool.ts';
import type { Pools } from '../store/pools.ts';

type Deps = {
  readonly pools: Pick<Pools, 'find' | 'exhausted'>;
  readonly jobs: Pick<Jobs, 'enqueue'>;
  readonly log: { warn(fields: object, message: string): void };
};

/** Claims that come within this ask once. */
const GATHER_MS = 100;

export type Refill = ReturnType<typeof refillAfterClaims>;

/** Asks for a pool to be refilled after its campaigns were claimed, unless its policy leaves that to the clock. */
export function refillAfterClaims({ pools, jobs, log }: Deps) {
  const waiting = new Map<PoolType, NodeJS.Timeout>();
  const emptySince = new Map<PoolType, Date>();

  async function ask(type: PoolType): Promise<void> {
    waiting.delete(type);
    const since = emptySince.get(type);
    emptySince.delete(type);
    try {
      if (since) await pools.exhausted(type, since);
      const { policy } = await pools.find(type);
      if (policy.refill !== 'schedule') await jobs.enqueue(replenishPool, { type, occasion: 'claim' });
    } catch (error) {
      // The schedule comes by.
      log.warn({ pool: type, err: error }, 'refill was not asked for');
    }
  }

  return {
    /** Does not wait for it: whoever claimed has their answer. @param isEmpty nothing was there for them. */
    soon(type: PoolType, { isEmpty = false } = {}): void {
      if (isEmpty && !emptySince.has(type)) emptySince.set(type, new Date());
      if (!waiting.has(type)) waiting.set(type, setTimeout(() => void ask(type), GATHER_MS).unref());
    },
    stop(): void {
      for (const type of poolTypes) clearTimeout(waiting.get(type));
      waiting.clear();
    },
  };
}
