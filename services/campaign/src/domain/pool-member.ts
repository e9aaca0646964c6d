import type { Campaign } from './campaign.ts';
import type { PoolSlot, PoolStatus } from './pool.ts';
import type { PoolPolicy } from './pool-policy.ts';

/** An opener that died between place and campaign is repeated after this. */
const leftBehindMs = 10_000;
/** A member whose seeding failed so often, one after the other, is kept for somebody to look at. */
const quarantineFailures = 3;

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
  if (!member) return ageOf(slot.openedAt, now) > leftBehindMs ? { kind: 'create' } : keep;
  if (!member.isPool) return { kind: 'free' };
  switch (member.poolStatus) {
    case 'ready':
      return fateOfReady(view, member);
    case 'building':
      return member.status === 'failed' ? fateOfFailed(slot) : keep;
    case 'quarantined':
      return keep;
    default:
      // Retired by somebody who died before the place was free.
      return retire([], member.poolStatus ?? 'expired', member.poolStatus === 'failed');
  }
}

function fateOfReady({ policy, templateHash, replacesStale, now }: View, member: Campaign): Fate {
  if (ageOf(member.poolCreatedAt, now) > policy.ttlSeconds * 1_000) return retire(['ready'], 'expired');
  const isStale = templateHash !== undefined && member.templateHash !== templateHash;
  return isStale && replacesStale ? retire(['ready'], 'stale') : keep;
}

function fateOfFailed({ failures }: PoolSlot): Fate {
  return retire(['building'], failures + 1 >= quarantineFailures ? 'quarantined' : 'failed', true);
}

const keep: Fate = { kind: 'keep' };

const retire = (from: readonly PoolStatus[], to: PoolStatus, hasFailed = false): Fate => ({
  kind: 'retire',
  from,
  to,
  hasFailed,
});

const ageOf = (since: Date | null, now: Date): number => now.getTime() - (since?.getTime() ?? 0);
