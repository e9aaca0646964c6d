import type { Campaign } from '../domain/campaign.ts';
import { type PoolSlot, type PoolType, poolTypes } from '../domain/pool.ts';
import { type Fate, fateOf } from '../domain/pool-member.ts';
import type { CampaignStore } from '../store/campaign-store.ts';
import type { Pool } from '../store/pools.ts';

export type PoolStore = Pick<CampaignStore, 'pools' | 'slots' | 'members' | 'minutes' | 'templates' | 'rows'>;

/** What stands in the places of one pool after it was tended. */
export type Tended = {
  readonly free: readonly PoolSlot[];
  readonly ready: number;
  readonly building: number;
  /** When those were claimed whose places were found free now, the first one first. */
  readonly claimedAt: readonly Date[];
};

type Places = { readonly pool: Pool; readonly slots: readonly PoolSlot[]; readonly replacesStale: boolean };

/**
 * Puts every place of a pool in order: frees those whose campaign was claimed, repeats what an opener left half done, and removes members that
 * are expired, failed or outdated. Each step may be repeated after a crash: the place points at its campaign until nothing of it is left.
 */
export async function tendPool(
  store: PoolStore,
  { signal, ...wanted }: Places & { signal?: AbortSignal },
): Promise<Tended> {
  const places: Place[] = [];
  const surveyed = await survey(store, wanted);
  for (const found of surveyed) {
    signal?.throwIfAborted();
    places.push(await act(store, wanted.pool._id, found));
  }
  const claimed = places.flatMap(({ slot, is }) => (is === 'claimed' ? [String(slot.campaignId)] : []));
  if (claimed.length > 0) await store.slots.free(claimed);
  return {
    free: places.flatMap(({ slot, is }) => (is === 'free' || is === 'claimed' ? [{ ...slot, campaignId: null }] : [])),
    ready: places.filter(({ is }) => is === 'ready').length,
    building: places.filter(({ is }) => is === 'building').length,
    claimedAt: surveyed.flatMap(timeOfClaim).toSorted((one, other) => one.getTime() - other.getTime()),
  };
}

const timeOfClaim = ({ fate, member }: Found): Date[] =>
  fate.kind === 'free' && member?.activatedAt ? [member.activatedAt] : [];

/** What stands in a place, and what is to be done with it. */
type Found = {
  readonly slot: PoolSlot;
  readonly member: Campaign | undefined;
  readonly fate: Fate;
  readonly isCurrent: boolean;
};

async function survey(
  { members, templates }: Pick<PoolStore, 'members' | 'templates'>,
  { pool: { policy }, slots, replacesStale }: Places,
): Promise<Found[]> {
  const ids = slots.flatMap(({ campaignId }) => campaignId ?? []);
  const [found, template] = await Promise.all([members.find(ids), templates.current()]);
  const byId = new Map(found.map((member) => [member._id, member]));
  const look = { policy, templateHash: template?.hash, replacesStale, now: new Date() };
  return slots.map((slot) => {
    const member = byId.get(slot.campaignId ?? '');
    const isCurrent = member?.templateHash === template?.hash;
    return { slot, member, isCurrent, fate: fateOf({ ...look, slot, member }) };
  });
}

/** Whether tending would change anything, and how many members are missing to the target. Changes nothing. */
export async function needsOf(store: PoolStore, wanted: Places): Promise<{ hasWork: boolean; missing: number }> {
  const found = await survey(store, wanted);
  const standing = found.map(({ slot, member, isCurrent }) => standingOf(slot, member, isCurrent));
  const there = standing.filter((is) => is === 'ready' || is === 'building').length;
  return {
    hasWork: found.some(({ fate }) => fate.kind !== 'keep'),
    missing: Math.max(0, wanted.pool.policy.target - there),
  };
}

/** A place after it was put in order; `claimed` places are freed together, `other` ones hold what cannot be given away. */
type Place = { readonly slot: PoolSlot; readonly is: 'free' | 'claimed' | 'ready' | 'building' | 'other' };

async function act(store: PoolStore, type: PoolType, { slot, member, fate, isCurrent }: Found): Promise<Place> {
  switch (fate.kind) {
    case 'free':
      return { slot, is: 'claimed' };
    case 'create':
      if (!(await store.slots.reopen(slot))) return { slot, is: 'other' };
      await store.members.create(slot);
      return { slot, is: 'building' };
    case 'retire': {
      const isFree = member !== undefined && (await retire(store, type, member, fate));
      return isFree ? { slot: emptied(slot, fate), is: 'free' } : { slot, is: 'other' };
    }
    case 'keep':
      return { slot, is: standingOf(slot, member, isCurrent) };
  }
}

function standingOf({ campaignId }: PoolSlot, member: Campaign | undefined, isCurrent: boolean): Place['is'] {
  if (campaignId === null) return 'free';
  // Opened a moment ago by somebody who is about to write its campaign down.
  if (!member || member.poolStatus === 'building') return 'building';
  return member.poolStatus === 'ready' && isCurrent ? 'ready' : 'other';
}

/** Tends every pool, without opening places. @returns how many places were freed. */
export async function tendAll(store: PoolStore, signal: AbortSignal): Promise<number> {
  let found = 0;
  for (const type of poolTypes) {
    const pool = await store.pools.find(type);
    const slots = await store.slots.ofType(type);
    const before = slots.filter(({ campaignId }) => campaignId === null).length;
    const replacesStale = pool.policy.update === 'recreate';
    const tended = await tendPool(store, { pool, slots, replacesStale, signal });
    found += tended.free.length - before;
  }
  return found;
}

const emptied = (slot: PoolSlot, { hasFailed }: Extract<Fate, { kind: 'retire' }>): PoolSlot => ({
  ...slot,
  campaignId: null,
  failures: hasFailed ? slot.failures + 1 : 0,
});

/** @returns whether the place is free now; one that is kept for somebody to look at is not. */
async function retire(
  { members, rows, slots, minutes }: PoolStore,
  type: PoolType,
  found: Campaign,
  { from, to, status, hasFailed }: Extract<Fate, { kind: 'retire' }>,
): Promise<boolean> {
  // Lost to a claim, to a seeding, or to another tender: whoever won goes on with it.
  const member = from.length > 0 ? await members.retire(found._id, { from, to, status }) : found;
  if (!member || to === 'quarantined') return false;
  if (from.length > 0 && (to === 'expired' || to === 'stale')) minutes.add(type, 'wasted');
  await slots.closing(member._id);
  const copies = new Set([...member.usedSeedingIds, ...(member.seedingId ? [member.seedingId] : [])]);
  for (const seedingId of copies) await rows.remove(member._id, seedingId);
  await members.remove(member._id);
  await slots.free([member._id], hasFailed ? 'failed' : 'forgiven');
  return true;
}
