import { monitorPool } from '@millrace/contracts/campaign';
import type { Outbox } from '@millrace/events';
import { defineJob, done } from '@millrace/jobs';
import { type PoolType, poolTypes } from '../domain/pool.ts';
import { alarmOf, levelOf } from '../domain/pool-policy.ts';
import type { Pool } from '../store/pools.ts';
import type { PoolStore } from './tend-pool.ts';

export type MonitorDeps = {
  readonly store: PoolStore;
  /** Of the pools: `pool.low` and the like are stored with the change of level that they tell of. */
  readonly outbox: Pick<Outbox, 'tell'>;
};

/** Looks how the pools stand: raises and ends alarms, and keeps the counts that charts show. */
export const monitorPoolJob = (deps: MonitorDeps) =>
  defineJob(monitorPool, {
    unique: { key: () => 'all' },
    async run() {
      const seen = [];
      for (const type of poolTypes) seen.push(await lookAt(deps, type));
      return done({ result: Object.fromEntries(seen) });
    },
  });

async function lookAt({ store, outbox }: MonitorDeps, type: PoolType): Promise<[PoolType, object]> {
  const { pool, counts, level } = await lookAtPool(store, type);
  if (counts.ready > 0) {
    const exhaustedMs = await store.pools.refilled(type, new Date());
    if (exhaustedMs > 0) store.minutes.add(type, 'exhaustedMs', exhaustedMs);
  }
  const changed = await store.pools.setLevel(pool, level, counts.ready);
  if (changed) await outbox.tell([changed]);
  return [type, { ...counts, level: (changed ?? (pool as Pool)).level }];
}

/** How a pool stands, which is noted for charts, and the level that it is at now. */
export async function lookAtPool(store: PoolStore, type: PoolType) {
  const [pool, counts] = await Promise.all([store.pools.find(type), countsOf(store, type)]);
  store.minutes.seen(type, counts);
  // Own pools are many, and few people have one: there is no common level to alarm by.
  const level = type === 'user' ? 'healthy' : alarmOf(pool, levelOf(pool.policy, counts.ready, pool.level));
  return { pool, counts, level };
}

/** Members of the current template, ready and on their way. */
async function countsOf({ members, templates }: PoolStore, type: PoolType) {
  const [counted, current] = await Promise.all([members.counted(type), templates.current()]);
  return {
    ready: counted.filter(({ poolStatus, templateHash }) => poolStatus === 'ready' && templateHash === current?.hash)
      .length,
    building: counted.filter(({ poolStatus }) => poolStatus === 'building').length,
  };
}
