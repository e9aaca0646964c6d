import { Batcher } from '@millrace/jobs';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Campaign } from '../domain/campaign.ts';
import { poolKey } from '../domain/ids.ts';
import type { Creations } from './creations.ts';
import { type Earlier, goOn } from './earlier-claims.ts';
import type { Assignment, ClaimAnswer, ClaimWish, PoolMembers } from './pool-members.ts';
import { type PoolShelf, poolShelf } from './pool-shelf.ts';
import type { Pools } from './pools.ts';
import type { Templates } from './templates.ts';

/** Of those who choose the same members at once one gets each, so every round ends claims: so many are never needed. */
const ROUNDS = 50;

type ClaimStores = {
  readonly members: PoolMembers;
  readonly templates: Pick<Templates, 'current'>;
  readonly pools: Pick<Pools, 'isKept'>;
  readonly creations: Creations;
};

/**
 * Gives ready campaigns to people. Requests that come while others are being served are served together: a hundred cost a few
 * round trips, not a hundred times a few.
 */
export function poolClaimsIn(stores: ClaimStores) {
  const shelf = poolShelf(stores.members, poolKey('master'));
  // What is done for many is in no one's trace.
  const serveAll = (wishes: ClaimWish[]) => context.with(ROOT_CONTEXT, () => claimAll({ ...stores, shelf }, wishes));
  const batcher = new Batcher(serveAll, { maxBatch: 200 });
  return {
    /**
     * @returns a campaign that belongs to the person now, or null when none is ready. A repeatable request gets the same for ever: the
     *   same member, or null again.
     */
    claim: (wish: Omit<ClaimWish, 'trace'>): Promise<ClaimAnswer> => batcher.get({ ...wish, trace: context.active() }),
  };
}

type Stores = ClaimStores & { readonly shelf: PoolShelf };

async function claimAll(stores: Stores, wishes: readonly ClaimWish[]): Promise<ClaimAnswer[]> {
  const got = new Map<string, ClaimAnswer>();
  // A request that is here twice is one.
  const requests = [...new Map(wishes.map((wish) => [wish.token, wish])).values()];
  for (let round = 0; round < ROUNDS; round++) {
    const open = requests.filter(({ token }) => !got.has(token));
    if (open.length === 0) return wishes.map(({ token }) => got.get(token) ?? null);
    for (const [token, answer] of await serve(stores, open)) got.set(token, answer);
  }
  throw new Error(`claims were not settled within ${ROUNDS} rounds; the requests may be repeated`);
}

/** One round. @returns what has been settled; who is missing was overtaken by another process and is served again. */
async function serve(stores: Stores, wishes: readonly ClaimWish[]): Promise<Map<string, ClaimAnswer>> {
  const seen = await look(stores, wishes);
  const earlier = await goOn(stores, seen, wishes);
  const own = await chooseOwn(stores, seen, earlier.open);
  const others = earlier.open.filter(({ token }) => !own.has(token));
  const taken = seen.current ? await stores.shelf.take(others.length, seen.current.hash) : [];
  const choices = [
    ...earlier.open.flatMap((wish) => (own.has(wish.token) ? [{ wish, member: own.get(wish.token) }] : [])),
    ...others.map((wish, index) => ({ wish, member: taken[index] })),
  ];
  let isLost = true;
  try {
    const agreed = await agree(stores, choices, earlier.spent);
    const assignments = [...earlier.assignments, ...agreed.filter(hasMember)];
    const given = await stores.members.give(assignments);
    isLost = given.length < assignments.length;
    return new Map<string, ClaimAnswer>([
      ...earlier.answers,
      ...agreed.filter((choice) => !hasMember(choice)).map(({ wish }) => [wish.token, null] as const),
      ...given.map((campaign) => [String(campaign.claimToken), campaign] as const),
    ]);
  } finally {
    stores.shelf.done(taken, { isLost });
  }
}

type Seen = Earlier & { readonly hasOwnPools: boolean };

/** The first of two round trips: everything at once, by key. */
async function look({ templates, pools, creations }: ClaimStores, wishes: readonly ClaimWish[]): Promise<Seen> {
  const [decided, current, hasOwnPools] = await Promise.all([
    creations.of(wishes.flatMap(({ token, isRepeatable }) => (isRepeatable ? [token] : []))),
    templates.current(),
    pools.isKept('user'),
  ]);
  return { decided, current, hasOwnPools };
}

/** For those who have a pool of their own with something ready in it. @returns their members by token. */
async function chooseOwn(
  { members }: ClaimStores,
  { current, hasOwnPools }: Seen,
  wishes: readonly ClaimWish[],
): Promise<ReadonlyMap<string, Campaign>> {
  if (!hasOwnPools || !current || wishes.length === 0) return new Map();
  const keys = [...new Set(wishes.map(({ sub }) => poolKey('user', sub)))];
  const ready = await members.ready(keys, keys.length * 2 + wishes.length, current.hash);
  const byPool = Map.groupBy(ready, (member) => member.poolKey ?? '');
  return new Map(
    wishes.flatMap(({ token, sub }) => {
      const member = byPool.get(poolKey('user', sub))?.shift();
      return member ? [[token, member]] : [];
    }),
  );
}

/** A member for a wish, or none: then it goes cold. */
type Choice = { readonly wish: ClaimWish; readonly member: Campaign | undefined };

const hasMember = (choice: Choice): choice is Assignment => choice.member !== undefined;

/** Writes the choices down for the requests that may come again. @returns those that hold; for the others somebody else has decided. */
async function agree(
  { creations }: ClaimStores,
  choices: readonly Choice[],
  spent: ReadonlyMap<string, string>,
): Promise<Choice[]> {
  const decisions = choices
    .filter(({ wish }) => wish.isRepeatable)
    .map(({ wish: { token }, member }) => ({ token, campaignId: member?._id ?? token, instead: spent.get(token) }));
  if (decisions.length === 0) return [...choices];
  const held = await creations.decide(decisions);
  return choices.filter(({ wish }) => !wish.isRepeatable || held.has(wish.token));
}
