import { type PoolType, poolTypes } from '../domain/pool.ts';
import type { Pool } from '../store/pools.ts';
import { lookAtPool } from './monitor-pool.ts';
import { needsOf, type PoolStore } from './tend-pool.ts';

/** Whether the clock's replenishing would open or empty a place. */
export async function wantsReplenishing(store: PoolStore, type: PoolType): Promise<boolean> {
  const pool = await store.pools.find(type);
  // Who has an own pool, and what is missing in it, takes as long to find out as to do.
  if (type === 'user') return pool.policy.target > 0;
  const { hasWork, missing } = await placesOf(store, pool);
  const builds = !pool.policy.paused && pool.policy.refill !== 'on-claim';
  return hasWork || (builds && missing > 0);
}

/** Whether a place of any pool is to be put in order. */
export async function wantsCleaning(store: PoolStore): Promise<boolean> {
  const needs = await Promise.all((await store.pools.list()).map((pool) => placesOf(store, pool)));
  return needs.some(({ hasWork }) => hasWork);
}

/** Whether an alarm is to be raised or ended. Notes how the pools stand, for charts. */
export async function wantsMonitoring(store: PoolStore): Promise<boolean> {
  const looks = await Promise.all(poolTypes.map((type) => lookAtPool(store, type)));
  return looks.some(
    ({ pool, level, counts }) => pool.level !== level || (counts.ready > 0 && pool.exhaustedSince !== null),
  );
}

async function placesOf(store: PoolStore, pool: Pool) {
  const slots = await store.slots.ofType(pool._id);
  return needsOf(store, { pool, slots, replacesStale: pool.policy.update === 'recreate' });
}
