import type { Campaign } from '../domain/campaign.ts';
import { type PoolSlot, type PoolType, poolTypes } from '../domain/pool.ts';
import { type Fate, fateOf } from '../domain/pool-member.ts';
import type { CampaignStore } from '../store/campaign-store.ts';
import type { Pool } from '../store/pools.ts';

export type PoolStore = Pick<CampaignStore, 'pools' | 'slots' | 'members' | 'minutes' | 'templates' | 'rows'>;

/** What stands in the places of one pool after it was tended. */
export type Tended = { readonly free: readonly PoolSlot[]; readonly ready: number; readonly building: number };

/**
 * Puts every place of a pool in order: frees those whose campaign was claimed, repeats what an opener left half done, and removes members that
 * are expired, failed or outdated. Each step may be repeated after a crash: the place points at its campaign until nothing of it is left.
 */
export async function tendPool(
  store: PoolStore,
  {
    pool,
    slots,
    replacesStale,
    signal,
  }: { pool: Pool; slots: readonly PoolSlot[]; replacesStale: boolean; signal?: AbortSignal },
): Promise<Tended> {
  const [members, template] = await Promise.all([membersOf(store, slots), store.templates.current()]);
  const look = { policy: pool.policy, templateHash: template?.hash, replacesStale, now: new Date() };
  const places: Place[] = [];
  for (const slot of slots) {
    signal?.throwIfAborted();
    const member = members.get(slot.campaignId ?? '');
    const fate = fateOf({ ...look, slot, member });
    const isCurrent = member?.templateHash === template?.hash;
    places.push(await act(store, pool._id, { slot, member, fate, isCurrent }));
  }
  const claimed = places.flatMap(({ slot, is }) => (is === 'claimed' ? [String(slot.campaignId)] : []));
  if (claimed.length > 0) await store.slots.free(claimed);
  return {
    free: places.flatMap(({ slot, is }) => (is === 'free' || is === 'claimed' ? [{ ...slot, campaignId: null }] : [])),
    ready: places.filter(({ is }) => is === 'ready').length,
    building: places.filter(({ is }) => is === 'building').length,
  };
}

/** A place after it was put in order; `claimed` places are freed together, `other` ones hold what cannot be given away. */
type Place = { readonly slot: PoolSlot; readonly is: 'free' | 'claimed' | 'ready' | 'building' | 'other' };

async function act(
  store: PoolStore,
  type: PoolType,
  { slot, member, fate, isCurrent }: { slot: PoolSlot; member: Campaign | undefined; fate: Fate; isCurrent: boolean },
): Promise<Place> {
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
      return { slot, is: standing(slot, member, isCurrent) };
  }
}

function standing({ campaignId }: PoolSlot, member: Campaign | undefined, isCurrent: boolean): Place['is'] {
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

async function membersOf({ members }: PoolStore, slots: readonly PoolSlot[]): Promise<Map<string, Campaign>> {
  const ids = slots.flatMap(({ campaignId }) => campaignId ?? []);
  return new Map((await members.find(ids)).map((member) => [member._id, member]));
}
