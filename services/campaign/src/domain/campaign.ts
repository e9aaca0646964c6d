import type { campaignSeeded } from '@millrace/contracts/campaign';
import type { Invitation, Member } from './members.ts';
import type { PoolStatus, PoolType } from './pool.ts';
import type { EntityCounts } from './template.ts';

/** `building`: waits for its seeding; `seeding`: rows are being copied; `failed`: given up, nothing of it is visible. */
export const campaignStatuses = ['building', 'seeding', 'ready', 'failed'] as const;
type CampaignStatus = (typeof campaignStatuses)[number];

export const seedingStages = [
  'schticks',
  'weapons',
  'characters',
  'factions',
  'junctures',
  'prerequisites',
  'images',
  'verify',
] as const;
export type SeedingStage = (typeof seedingStages)[number];

/** What outside services are told when a campaign is ready. */
export type SeededAnnouncement = ReturnType<typeof campaignSeeded>['data'];

/** The seeding that a campaign is in, or was in last. */
export type SeedingRun = {
  readonly rootId: string;
  readonly jobId: string;
  /** Fresh for every run: whoever holds an older one can no longer change the campaign. */
  readonly token: string;
  /** Carried by all rows of this copy; they are seen once the campaign names it as its own. */
  readonly seedingId: string;
  readonly templateId: string;
  readonly state: 'running' | 'published' | 'abandoned';
  readonly stage: SeedingStage;
  /** Kept over reruns: it is the creation time of the copied rows, which a rerun must repeat. */
  readonly startedAt: Date;
};

export type Failure = { readonly code: string; readonly message: string; readonly remedy?: string | undefined };

/** `kept`: whole, and can be restored; `marked`: to be taken apart; `commanded`: its job is enqueued; `done`: no row is left. */
export type Deletion = {
  readonly at: Date;
  readonly by: string;
  readonly state: 'kept' | 'marked' | 'commanded' | 'done';
  /** Only of one that is or was kept. */
  readonly restorableUntil?: Date;
};

export type Campaign = {
  readonly _id: string;
  readonly name: string;
  readonly description: string;
  /** Null while it belongs to nobody. */
  readonly ownerId: string | null;
  /** Beside its owner; absent for nobody. */
  readonly members?: readonly Member[];
  readonly invitations?: readonly Invitation[];
  readonly status: CampaignStatus;
  readonly isPool: boolean;
  readonly poolType: PoolType | null;
  /** Null for a campaign that never was in a pool. */
  readonly poolStatus: PoolStatus | null;
  /** The pool that it is or was in: `master`, or `user:<sub>`. */
  readonly poolKey: string | null;
  readonly poolCreatedAt: Date | null;
  /** When the pool's campaign was claimed that this one replaces. */
  readonly poolWantedAt?: Date;
  readonly activatedAt: Date | null;
  readonly templateId: string | null;
  readonly templateVersion: number | null;
  /** The content that it was copied from: two versions of the same content are as good as one. */
  readonly templateHash: string | null;
  /** The request that claimed it, so that the same request gets the same campaign again. */
  readonly claimToken?: string;
  /** The copy that readers see; null until the first one is complete. */
  readonly seedingId: string | null;
  readonly seedingRun: SeedingRun | null;
  /** Ids that may never be used for rows again. */
  readonly usedSeedingIds: readonly string[];
  /** Ids whose rows may still have to be deleted. */
  readonly uncleanSeedingIds: readonly string[];
  /** The job that seeds it, and when that was safely handed over. */
  readonly seedJobId: string | null;
  readonly seedEnqueuedAt: Date | null;
  readonly counts: EntityCounts;
  readonly announcement: SeededAnnouncement | null;
  readonly failure: Failure | null;
  readonly cleanedUpAt: Date | null;
  /** While it has one nobody reaches it or anything in it. Its row stays, so that no late request brings it back. */
  readonly deletion?: Deletion;
  /** Whether anybody has added, changed or deleted anything in it. */
  readonly isChanged?: boolean;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

const noEntities: EntityCounts = { schticks: 0, weapons: 0, characters: 0, factions: 0, junctures: 0 };

export function newCampaign(
  given: Pick<Campaign, '_id' | 'name' | 'description' | 'ownerId' | 'seedJobId'> &
    Partial<Pick<Campaign, 'isPool' | 'poolType' | 'poolStatus' | 'poolKey' | 'poolCreatedAt' | 'poolWantedAt'>>,
  at: Date,
): Campaign {
  return {
    status: 'building',
    isPool: false,
    poolType: null,
    poolStatus: null,
    poolKey: null,
    poolCreatedAt: null,
    ...given,
    activatedAt: null,
    templateId: null,
    templateVersion: null,
    templateHash: null,
    seedingId: null,
    seedingRun: null,
    usedSeedingIds: [],
    uncleanSeedingIds: [],
    seedEnqueuedAt: null,
    counts: noEntities,
    announcement: null,
    failure: null,
    cleanedUpAt: null,
    revision: 1,
    createdAt: at,
    updatedAt: at,
  };
}
