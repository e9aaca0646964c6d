import type { Campaign } from '../domain/campaign.ts';
import type { Assignment, ClaimAnswer, ClaimWish, PoolMembers } from './pool-members.ts';
import type { TemplateRow } from './templates.ts';

/** What is known when a claim begins. */
export type Earlier = {
  /** Nothing of an older one is given to anybody who asks after this. */
  readonly current: TemplateRow | null;
  /** What was decided before for these requests, by token. */
  readonly decided: ReadonlyMap<string, string>;
};

/** What follows from decisions that were made for these requests before, by this process or by another. */
type GoneOn = {
  readonly answers: readonly (readonly [token: string, ClaimAnswer])[];
  /** Decided, and not given yet. */
  readonly assignments: readonly Assignment[];
  /** Wishes for which something has to be chosen. */
  readonly open: readonly ClaimWish[];
  /** For some of those: the decision, by token, that nobody can carry out any more. */
  readonly spent: ReadonlyMap<string, string>;
};

/**
 * Goes on where requests were left. A decision is replaced only after its member is out of reach for everybody: whoever made it
 * may only be asleep.
 */
export async function goOn(
  { members }: { readonly members: PoolMembers },
  { decided, current }: Earlier,
  wishes: readonly ClaimWish[],
): Promise<GoneOn> {
  if (decided.size === 0) return { answers: [], assignments: [], open: wishes, spent: new Map() };
  const found = new Map((await members.find([...decided.values()])).map((campaign) => [campaign._id, campaign]));
  const standings = await Promise.all(
    wishes.map(async (wish) => {
      const campaignId = decided.get(wish.token);
      if (campaignId === undefined) return { is: 'undecided', wish } as const;
      const member = found.get(campaignId);
      const standing = standingOf({ wish, campaignId, member, templateHash: current?.hash });
      const isSpent = standing.is === 'lost' && (await isOutOfReach(members, member));
      return isSpent ? ({ is: 'spent', wish, campaignId } as const) : standing;
    }),
  );
  return {
    answers: standings.flatMap((standing) => (standing.is === 'answered' ? [standing.answer] : [])),
    assignments: standings.flatMap((standing) => (standing.is === 'chosen' ? [standing] : [])),
    open: standings.flatMap(({ is, wish }) => (is === 'undecided' || is === 'spent' ? [wish] : [])),
    spent: new Map(
      standings.flatMap((standing) => (standing.is === 'spent' ? [[standing.wish.token, standing.campaignId]] : [])),
    ),
  };
}

type Decided = {
  readonly wish: ClaimWish;
  readonly campaignId: string;
  readonly member: Campaign | undefined;
  readonly templateHash: string | undefined;
};

type Standing = { readonly wish: ClaimWish } & (
  | { readonly is: 'answered'; readonly answer: readonly [token: string, ClaimAnswer] }
  | { readonly is: 'chosen'; readonly member: Campaign }
  /** The member is somebody else's, gone, or of an older template. */
  | { readonly is: 'lost' }
);

function standingOf({ wish, campaignId, member, templateHash }: Decided): Standing {
  const { token } = wish;
  if (campaignId === token) return { is: 'answered', wish, answer: [token, null] };
  if (member?.claimToken === token) return { is: 'answered', wish, answer: [token, member] };
  const isStillGood = member && isReady(member) && member.templateHash === templateHash;
  return isStillGood ? { is: 'chosen', wish, member } : { is: 'lost', wish };
}

const isReady = ({ isPool, poolStatus }: Campaign): boolean => isPool && poolStatus === 'ready';

/** What is ready and of an older template could still be given by whoever chose it while it was current. */
async function isOutOfReach(members: PoolMembers, member: Campaign | undefined): Promise<boolean> {
  if (!member || !isReady(member)) return true;
  return (await members.retire(member._id, { from: ['ready'], to: 'stale' })) !== null;
}
