import type { PoolMembers } from './pool-members.ts';
import type { Pool, Pools } from './pools.ts';

const minuteMs = 60_000;
/** A claim is written a moment after the time that it bears; what is older than this will not become more. */
const SETTLED_MS = 10 * minuteMs;
/** So often the settled ones are added up. */
const STEP_MS = 10 * minuteMs;

/**
 * How many campaigns of a pool people have got, deleted ones included. Each is counted once: those of the past stand as a sum in
 * the pool's row, so that a look counts what was claimed in the last twenty minutes or since the last look before.
 */
export async function claimedTotal(
  { members, pools }: { members: Pick<PoolMembers, 'claimed'>; pools: Pick<Pools, 'sumClaimed'> },
  pool: Pool,
  now: Date,
): Promise<number> {
  const { until, count = 0 } = pool.claimed ?? {};
  const settled = new Date(now.getTime() - SETTLED_MS);
  const isDue = until === undefined || settled.getTime() - until.getTime() >= STEP_MS;
  if (!isDue) return count + (await members.claimed(pool._id, { from: until }));
  const [past, lately] = await Promise.all([
    members.claimed(pool._id, { from: until, to: settled }),
    members.claimed(pool._id, { from: settled }),
  ]);
  await pools.sumClaimed(pool, { until: settled, count: count + past });
  return count + past + lately;
}
