import { campaignAssigned } from '@millrace/contracts/campaign';
import { Batcher } from '@millrace/jobs';
import type { Campaign } from '../domain/campaign.ts';
import { poolsFor } from '../domain/pool.ts';
import type { StoredCampaign } from './campaigns.ts';
import type { Assignment, ClaimWish, PoolMembers } from './pool-members.ts';
import type { Templates } from './templates.ts';

/** Each round loses only to other processes; more would make people wait longer than a cold creation. */
const ROUNDS = 5;

/**
 * Gives ready campaigns to people. Requests that come while others are being served are served together: a hundred cost a few
 * round trips, not a hundred times a few.
 */
export function poolClaimsIn(members: PoolMembers, templates: Pick<Templates, 'current'>) {
  const batcher = new Batcher((wishes: ClaimWish[]) => claimAll({ members, templates }, wishes), { maxBatch: 200 });
  return {
    /**
     * @returns a campaign that belongs to the person now, or null when none is ready. The same token gets the same one, also the one
     *   that was created cold under the token as its id.
     */
    claim: (wish: ClaimWish): Promise<StoredCampaign | null> => batcher.get(wish),
  };
}

type Stores = { readonly members: PoolMembers; readonly templates: Pick<Templates, 'current'> };

async function claimAll(
  { members, templates }: Stores,
  wishes: readonly ClaimWish[],
): Promise<(StoredCampaign | null)[]> {
  const pools = [...new Set(wishes.flatMap(({ sub }) => poolsFor(sub)))];
  // More than are wanted: other processes choose from the same ones, and not all of a person's own pool fits everybody.
  const limit = wishes.length * 2 + pools.length;
  // One look at everything at once; only what is of the current template counts.
  const [earlier, current, seen] = await Promise.all([
    members.madeFor(wishes.map(({ token }) => token)),
    templates.current(),
    members.ready(pools, limit),
  ]);
  const got = byToken(earlier);
  if (!current) return wishes.map(({ token }) => got.get(token) ?? null);
  let ready = seen.filter(({ templateHash }) => templateHash === current.hash);
  for (let round = 0; round < ROUNDS; round++) {
    const open = wishes.filter(({ token }) => !got.has(token));
    if (open.length === 0) break;
    const isOutdated = round > 0 || (ready.length < open.length && seen.length === limit);
    if (isOutdated) ready = await members.ready(pools, limit, current.hash);
    const assignments = assign(ready, open);
    if (assignments.length === 0) break;
    for (const [token, campaign] of byToken(await members.give(assignments))) got.set(token, campaign);
  }
  return wishes.map(({ token }) => got.get(token) ?? null);
}

/** A member for each wish, as far as they last: from the person's own pool first, no member twice. */
function assign(ready: readonly Campaign[], wishes: readonly ClaimWish[]): Assignment[] {
  const byPool = Map.groupBy(shuffled(ready), ({ poolKey }) => poolKey ?? '');
  return wishes.flatMap((wish) => {
    const pool = poolsFor(wish.sub).find((key) => byPool.get(key)?.length);
    const member = pool && byPool.get(pool)?.pop();
    return member ? [{ wish, member, event: assigned(member, wish) }] : [];
  });
}

const assigned = ({ _id, poolType, templateVersion, counts, poolCreatedAt }: Campaign, { name, sub }: ClaimWish) =>
  campaignAssigned({
    campaignId: _id,
    name,
    ownerId: sub,
    poolType: poolType ?? 'master',
    templateVersion: templateVersion ?? 1,
    counts,
    poolAgeMs: Math.max(0, Date.now() - (poolCreatedAt?.getTime() ?? Date.now())),
  });

/** Processes that choose at the same moment rarely choose the same. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

const byToken = (campaigns: readonly StoredCampaign[]): Map<string, StoredCampaign> =>
  new Map(campaigns.map((campaign) => [campaign.claimToken ?? campaign._id, campaign]));
