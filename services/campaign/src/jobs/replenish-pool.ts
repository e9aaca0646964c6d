import { replenishPool, seedCampaign } from '@millrace/contracts/campaign';
import { concurrency, defineJob, done, type Jobs, snooze } from '@millrace/jobs';
import { firstSeedingJobOf, poolKey } from '../domain/ids.ts';
import type { PoolSlot, PoolType } from '../domain/pool.ts';
import type { Campaigns } from '../store/campaigns.ts';
import type { Pool } from '../store/pools.ts';
import { InFlight } from './in-flight.ts';
import { type PoolStore, tendPool } from './tend-pool.ts';

/** While people wait for their own seedings, nothing is built ahead. */
const COLD_PAUSE_MS = 1_000;
/** Own pools are kept for people who made a campaign lately, at most for so many. */
const ACTIVE_MS = 7 * 86_400_000;
const MAX_USER_POOLS = 100;
const PLACES_AT_ONCE = 10;

export type ReplenishDeps = {
  readonly store: PoolStore & { readonly campaigns: Pick<Campaigns, 'seedingEnqueued'> };
  jobs(): Promise<Pick<Jobs, 'enqueue' | 'list'>>;
};

/**
 * Fills a pool up to its target by opening free places, one refill of a pool at a time. A place is opened by one write, and there are only
 * `max` of them: whatever else goes wrong, the pool cannot grow beyond that.
 */
export const replenishPoolJob = ({ store, jobs }: ReplenishDeps) =>
  defineJob(replenishPool, {
    // A claim that comes while one is counting is not lost on it: another one follows.
    unique: { key: ({ type, occasion }) => `${type}:${occasion}`, onConflict: 'keep-latest-after-current' },
    // Two that count at once would each open what is missing: what one has emptied, the other takes for free.
    limits: [concurrency({ key: ({ type }) => `pool.replenish:${type}`, max: 1, hold: 'attempt', name: 'refills' })],
    async run({ payload: { type, occasion }, signal }) {
      const pool = await store.pools.find(type);
      const runtime = await jobs();
      if (buildsAhead(pool) && (await hasColdSeedings(runtime))) return snooze(COLD_PAUSE_MS);
      const builds = !pool.policy.paused && !(occasion === 'schedule' && pool.policy.refill === 'on-claim');
      const replacesStale = pool.policy.update === 'recreate' || occasion !== 'schedule';
      let opened = 0;
      for (const key of await keysOf(store, pool))
        opened += await fill({ store, jobs: runtime, signal }, { pool, key, builds, replacesStale });
      return done({ result: { opened } });
    },
  });

/** A pool that keeps nothing ready takes nothing away from people who wait. */
const buildsAhead = ({ policy: { paused, target } }: Pool): boolean => !paused && target > 0;

type Filling = { readonly pool: Pool; readonly key: string; readonly builds: boolean; readonly replacesStale: boolean };

/** What is outdated goes last: until then the places that are free are filled. @returns how many places it opened. */
async function fill(
  { store, jobs, signal }: { store: ReplenishDeps['store']; jobs: Pick<Jobs, 'enqueue'>; signal: AbortSignal },
  { pool, key, builds, replacesStale }: Filling,
): Promise<number> {
  const { max, target } = pool.policy;
  await store.slots.prepare({ pool: key, type: pool._id, max });
  let opened = 0;
  const claims: Date[] = [];
  for (const replaces of replacesStale ? [false, true] : [false]) {
    const slots = await store.slots.of(key);
    const tended = await tendPool(store, { pool, slots, replacesStale: replaces, signal });
    const missing = builds ? Math.max(0, target - tended.ready - tended.building) : 0;
    claims.push(...tended.claimedAt);
    const places = tended.free
      .filter(({ number }) => number <= max)
      .slice(0, missing)
      .map((slot) => ({ ...slot, wantedAt: claims.shift() ?? null }));
    opened += await openAll({ store, jobs, signal }, places);
  }
  return opened;
}

/** Some side by side: the shorter this job runs, the less often a death of its process finds it at work. */
async function openAll(
  { signal, ...parts }: { store: ReplenishDeps['store']; jobs: Pick<Jobs, 'enqueue'>; signal: AbortSignal },
  places: readonly PoolSlot[],
): Promise<number> {
  let opened = 0;
  const openings = new InFlight(PLACES_AT_ONCE);
  try {
    for (const slot of places) {
      signal.throwIfAborted();
      await openings.add(async () => {
        if (await openPlace(parts, slot)) opened++;
      });
    }
    await openings.end();
  } finally {
    await openings.quiet();
  }
  return opened;
}

async function keysOf({ members }: PoolStore, { _id: type, policy }: Pool): Promise<string[]> {
  if (type === 'master') return [poolKey('master')];
  if (policy.target === 0) return [];
  const people = await members.activePeople(new Date(Date.now() - ACTIVE_MS), MAX_USER_POOLS);
  return people.map((sub) => poolKey('user', sub));
}

/** Place first, then its campaign, then the command: what a crash leaves half done, the next tender repeats with the same ids. */
async function openPlace(
  { store, jobs }: { store: ReplenishDeps['store']; jobs: Pick<Jobs, 'enqueue'> },
  slot: PoolSlot,
): Promise<boolean> {
  const opened = await store.slots.open(slot);
  if (!opened?.campaignId) return false;
  const { campaignId } = opened;
  await store.members.create(opened);
  const { job } = await jobs.enqueue(
    seedCampaign,
    { campaignId, requestedBy: null },
    { id: firstSeedingJobOf(campaignId), lane: 'lo', tags: [poolTag(opened.type)] },
  );
  await store.campaigns.seedingEnqueued(campaignId, job.id);
  return true;
}

const poolTag = (type: PoolType) => `pool:${type}`;

async function hasColdSeedings(jobs: Pick<Jobs, 'list'>): Promise<boolean> {
  const { items } = await jobs.list({ queue: seedCampaign.queue, state: ['available'] }, { limit: 50 });
  return items.some(({ lane, waitingFor }) => lane !== 'lo' && waitingFor === null);
}
