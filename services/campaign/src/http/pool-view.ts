import type { z } from 'zod';
import { type PoolStatus, type PoolType, poolStatuses } from '../domain/pool.ts';
import { poolMetrics } from '../domain/pool-metrics.ts';
import type { CampaignStore } from '../store/campaign-store.ts';
import { claimedTotal } from '../store/claimed-total.ts';
import type { PoolMinute } from '../store/pool-minutes.ts';
import type { Pool } from '../store/pools.ts';
import type { TemplateRow } from '../store/templates.ts';
import type { poolResource } from './pool-resource.ts';

type Store = Pick<CampaignStore, 'pools' | 'members' | 'minutes' | 'templates'>;

const hourMs = 3_600_000;

/** A pool as people see it. What is ready but of an older template counts as stale, whether or not it is marked yet. */
export async function viewOfPool(store: Store, pool: Pool): Promise<z.input<typeof poolResource>> {
  const { _id: type, policy, level, levelSince, revision } = pool;
  const now = new Date();
  const [members, claimed, current, minutes] = await Promise.all([
    store.members.counted(type),
    claimedTotal(store, pool, now),
    store.templates.current(),
    store.minutes.since(type, new Date(now.getTime() - hourMs)),
  ]);
  const fresh = members.filter(
    ({ poolStatus, templateHash }) => poolStatus === 'ready' && templateHash === current?.hash,
  );
  const counts = { ...countsOf(members, current), claimed };
  return {
    id: type,
    type,
    status: policy.paused ? 'paused' : level,
    policy,
    counts,
    rollout: { templateVersion: current?.version ?? null, updated: fresh.length, outdated: counts.stale },
    oldestReadyAt: oldest(fresh)?.toISOString() ?? null,
    metrics: poolMetrics(minutes, { policy, now }),
    levelSince: levelSince.toISOString(),
    revision,
    createdAt: pool.createdAt.toISOString(),
    updatedAt: pool.updatedAt.toISOString(),
  };
}

/** How the pools stand, in as few words as a probe needs. A pool that is low makes nothing unready: creations go cold. */
export async function healthOfPools({
  pools,
  members,
  templates,
}: Pick<CampaignStore, 'pools' | 'members' | 'templates'>) {
  const [all, current] = await Promise.all([pools.list(), templates.current()]);
  const health = all.map(async ({ _id: type, policy, level }) => {
    const { ready } = countsOf(await members.counted(type), current);
    return [type, { status: policy.paused ? 'paused' : level, ready, target: policy.target }] as const;
  });
  return Object.fromEntries(await Promise.all(health));
}

/** The minutes of a pool for charts, and what they add up to. */
export async function historyOfPool(store: Store, pool: Pool, { from, to }: { from: Date; to: Date }) {
  const minutes = await store.minutes.since(pool._id, from, to);
  return {
    type: pool._id as PoolType,
    ...poolMetrics(minutes, { policy: pool.policy, now: to }),
    points: minutes.map((minute) => pointOf(minute, { policy: pool.policy, now: to })),
  };
}

/** A minute of a chart. */
function pointOf(minute: PoolMinute, when: Parameters<typeof poolMetrics>[1]) {
  const { hits, misses, wasted, builds, buildMs, refillLagMs, exhaustionSeconds, claimMs } = poolMetrics(
    [minute],
    when,
  );
  const { at, ready = null, building = null } = minute;
  const counts = { hits, misses, wasted, builds, ready, building };
  return { at: at.toISOString(), ...counts, claimMs, buildMs, refillLagMs, exhaustionSeconds };
}

type Counted = Awaited<ReturnType<Store['members']['counted']>>;

function countsOf(members: Counted, current: TemplateRow | null): Record<PoolStatus, number> {
  const counts = Object.fromEntries(poolStatuses.map((status) => [status, 0])) as Record<PoolStatus, number>;
  for (const { poolStatus, templateHash } of members) {
    const isOutdated = poolStatus === 'ready' && templateHash !== current?.hash;
    if (poolStatus) counts[isOutdated ? 'stale' : poolStatus]++;
  }
  return counts;
}

const oldest = (members: Counted): Date | undefined =>
  members
    .flatMap(({ poolCreatedAt }) => poolCreatedAt ?? [])
    .toSorted((one, other) => one.getTime() - other.getTime())[0];
