import type { Campaign } from './campaign.ts';
import type { PoolSlot, PoolStatus } from './pool.ts';
import type { PoolPolicy } from './pool-policy.ts';

/** An opener that died between place and campaign is repeated after this. */
const leftBehindMs = 10_000;
/** A member that nobody has begun to seed for so long has lost its job. */
const forgottenMs = 3_600_000;
/** A member whose seeding failed so often, one after the other, is kept for somebody to look at. */
const quarantineFailures = 3;

type Retirement = Extract<Fate, { kind: 'retire' }>;

/** What is to be done with a place and the campaign in it. */
export type Fate =
  | { readonly kind: 'keep' }
  /** The place is open for the next campaign. */
  | { readonly kind: 'free' }
  /** Opened, but its campaign was never written down. */
  | { readonly kind: 'create' }
  /** It leaves the pool: out of these states, into that one, and then its rows go. */
  | {
      readonly kind: 'retire';
      readonly from: readonly PoolStatus[];
      readonly to: PoolStatus;
      readonly hasFailed: boolean;
      readonly status?: Campaign['status'];
    };

type View = {
  readonly slot: PoolSlot;
  readonly member: Campaign | undefined;
  readonly policy: PoolPolicy;
  /** Of the template that campaigns are seeded from now. */
  readonly templateHash: string | undefined;
  /** Whether outdated members are replaced at this occasion. */
  readonly replacesStale: boolean;
  readonly now: Date;
};

/** Decides about one place. Pure; whoever comes to the same place comes to the same decision. */
export function fateOf(view: View): Fate {
  const { slot, member, now } = view;
  if (!slot.campaignId) return keep;
  if (!member) return fateOfEmpty(slot, now);
  if (!member.isPool) return { kind: 'free' };
  switch (member.poolStatus) {
    case 'ready':
      return fateOfReady(view, member);
    case 'building':
      return fateOfBuilding(slot, member, now);
    case 'quarantined':
      return keep;
    default:
      // Retired by somebody who died before the place was free.
      return retire([], member.poolStatus ?? 'expired', member.poolStatus === 'failed');
  }
}

/** Whoever removes a campaign says so before; who opens a place has a moment to write its campaign down. */
function fateOfEmpty({ openedAt }: PoolSlot, now: Date): Fate {
  if (openedAt === null) return { kind: 'free' };
  return ageOf(openedAt, now) > leftBehindMs ? { kind: 'create' } : keep;
}

function fateOfReady({ slot, policy, templateHash, replacesStale, now }: View, member: Campaign): Fate {
  if (slot.number > policy.max) return retire(['ready'], 'expired');
  if (ageOf(member.poolCreatedAt, now) > policy.ttlSeconds * 1_000) return retire(['ready'], 'expired');
  const isStale = templateHash !== undefined && member.templateHash !== templateHash;
  return isStale && replacesStale ? retire(['ready'], 'stale') : keep;
}

function fateOfBuilding({ failures }: PoolSlot, { status, poolCreatedAt }: Campaign, now: Date): Fate {
  const to = failures + 1 >= quarantineFailures ? 'quarantined' : 'failed';
  if (status === 'failed') return { ...retire(['building'], to, true), status: 'failed' };
  // Its job was cancelled before it began, or is gone: nobody will ever build it.
  const isForgotten = status === 'building' && ageOf(poolCreatedAt, now) > forgottenMs;
  return isForgotten ? { ...retire(['building'], 'failed', true), status: 'building' } : keep;
}

const keep: Fate = { kind: 'keep' };

const retire = (from: readonly PoolStatus[], to: PoolStatus, hasFailed = false): Retirement => ({
  kind: 'retire',
  from,
  to,
  hasFailed,
});

const ageOf = (since: Date | null, now: Date): number => now.getTime() - (since?.getTime() ?? 0);
