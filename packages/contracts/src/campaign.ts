import { z } from 'zod';
import { eventContract, jobContract } from './contract.ts';

/** How many rows of each kind a campaign holds. */
export const campaignCounts = z.object({
  schticks: z.int().nonnegative(),
  weapons: z.int().nonnegative(),
  characters: z.int().nonnegative(),
  factions: z.int().nonnegative(),
  junctures: z.int().nonnegative(),
});

export const seedCampaign = jobContract({
  name: 'campaign.seed',
  queue: 'campaign.seeding',
  summary: 'Fills a campaign with a verified copy of the published master template.',
  maxAttempts: 3,
  timeoutMs: 600_000,
  payload: z.object({
    campaignId: z.uuid(),
    /** Who is told of the end; null tells nobody. */
    requestedBy: z.string().min(1).nullable().default(null),
    /** `single` writes row by row, as the traditional path did; it is kept for comparison. */
    mode: z.enum(['batch', 'single']).default('batch'),
  }),
});

/** Follows a final failure, so that no half campaign stays behind, whoever noticed the failure. */
export const abandonSeeding = jobContract({
  name: 'campaign.abandon-seeding',
  queue: 'campaign.default',
  summary: 'Removes what a finally failed seeding left behind and marks the campaign as failed.',
  payload: z.object({
    campaignId: z.uuid(),
    /** Root of the seeding that failed. */
    seedingId: z.uuid(),
    /** The job that failed; while it is at work again, there is nothing to abandon. */
    jobId: z.uuid(),
    reason: z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }),
  }),
});

/** Follows the wish to delete a campaign, which is out of everybody's reach by then. */
export const deleteCampaign = jobContract({
  name: 'campaign.delete',
  queue: 'campaign.default',
  summary: 'Deletes a campaign with all that is in it, and lets go of its files.',
  payload: z.object({ campaignId: z.uuid(), requestedBy: z.string().min(1) }),
});

export const purgeAssets = jobContract({
  name: 'asset.purge',
  queue: 'campaign.default',
  summary: 'Deletes files that nothing has referred to for the grace period, at the provider and here.',
  maxAttempts: 8,
  payload: z.object({ assetIds: z.array(z.uuid()).min(1).max(100).optional() }),
});

export const campaignSeeded = eventContract({
  type: 'campaign.seeded',
  summary: 'A campaign holds a full, verified copy of its template and is ready.',
  data: z.object({
    campaignId: z.uuid(),
    name: z.string(),
    ownerId: z.string().nullable(),
    requestedBy: z.string().nullable(),
    templateVersion: z.int().positive(),
    counts: campaignCounts,
    durationMs: z.number().nonnegative(),
  }),
});

export const campaignSeedingFailed = eventContract({
  type: 'campaign.seeding-failed',
  summary: 'A seeding failed for good; the campaign holds nothing of it.',
  data: z.object({
    campaignId: z.uuid(),
    requestedBy: z.string().nullable(),
    error: z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }),
  }),
});

/** Whose campaigns are kept ready: anybody's, or one person's own. */
export const poolType = z.enum(['master', 'user']);

export const replenishPool = jobContract({
  name: 'pool.replenish',
  queue: 'campaign.pool',
  summary: 'Opens the slots of a pool that are missing to its target, and has them seeded.',
  payload: z.object({
    type: poolType,
    /** What asks for it; a pool that refills on claims only is not filled by the clock. */
    occasion: z.enum(['claim', 'schedule', 'wish']).default('wish'),
  }),
});

export const monitorPool = jobContract({
  name: 'pool.monitor',
  queue: 'campaign.pool',
  summary: 'Looks at the pools: whether they run low, how they are used, and what is missing.',
  maxAttempts: 3,
  payload: z.object({}),
});

export const cleanPool = jobContract({
  name: 'pool.clean',
  queue: 'campaign.pool',
  summary: 'Removes pool campaigns that are expired, failed, outdated or left behind.',
  payload: z.object({}),
});

export const campaignAssigned = eventContract({
  type: 'campaign.assigned',
  summary: 'A campaign that was ready in a pool belongs to a person now.',
  data: z.object({
    campaignId: z.uuid(),
    name: z.string(),
    ownerId: z.string(),
    poolType,
    templateVersion: z.int().positive(),
    counts: campaignCounts,
    /** How long it lay ready. */
    poolAgeMs: z.number().nonnegative(),
  }),
});

export const campaignMemberInvited = eventContract({
  type: 'campaign.member-invited',
  summary: 'Somebody is invited to a campaign; they accept or decline.',
  data: z.object({
    campaignId: z.uuid(),
    name: z.string(),
    sub: z.string().min(1),
    role: z.enum(['editor', 'viewer']),
    invitedBy: z.string(),
  }),
});

const poolLevel = z.object({
  type: poolType,
  ready: z.int().nonnegative(),
  target: z.int().nonnegative(),
  /** The incident: one from running low until it has recovered. */
  incidentId: z.string(),
});

export const poolLow = eventContract({
  type: 'pool.low',
  summary: 'A pool has few ready campaigns left.',
  data: poolLevel,
});

export const poolCritical = eventContract({
  type: 'pool.critical',
  summary: 'A pool has next to no ready campaigns left: people wait for their seeding.',
  data: poolLevel,
});

export const poolRecovered = eventContract({
  type: 'pool.recovered',
  summary: 'A pool that had run low has enough ready campaigns again.',
  data: poolLevel,
});
