import type { JobView } from '@millrace/jobs';
import { z } from 'zod';
import { type Campaign, campaignStatuses, seedingStages } from '../domain/campaign.ts';
import { poolStatuses, poolTypes } from '../domain/pool.ts';
import type { StoredCampaign } from '../store/campaigns.ts';

const time = z.iso.datetime();
const counts = z.object({
  schticks: z.int(),
  weapons: z.int(),
  characters: z.int(),
  factions: z.int(),
  junctures: z.int(),
});

export const campaignResource = z
  .object({
    id: z.uuid(),
    name: z.string(),
    description: z.string(),
    ownerId: z.string().nullable(),
    status: z
      .enum(campaignStatuses)
      .meta({ description: 'building: waits for its seeding; failed: nothing of the seeding is left.' }),
    stage: z.enum(seedingStages).nullable().meta({ description: 'What is being copied; null unless seeding.' }),
    seeding: z
      .object({
        jobId: z.string(),
        stage: z.enum(seedingStages),
        stages: z.array(z.enum(seedingStages)),
        progress: z.number(),
        startedAt: time,
      })
      .nullable(),
    counts: counts.meta({ description: 'Entities that readers see; all 0 until the copy is complete.' }),
    isPool: z.boolean(),
    poolType: z.enum(poolTypes).nullable(),
    poolStatus: z.enum(poolStatuses).nullable(),
    poolCreatedAt: time.nullable(),
    activatedAt: time.nullable(),
    templateId: z.string().nullable(),
    templateVersion: z.int().nullable(),
    seedJobId: z.string().nullable(),
    failure: z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }).nullable(),
    cleanedUpAt: time.nullable(),
    deletedAt: time.nullable().meta({ description: 'Of those in the list of deleted ones; null for all others.' }),
    restorableUntil: time.nullable().meta({ description: 'Until then POST /campaigns/:id/restore brings it back.' }),
    revision: z.int(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Campaign', description: 'The campaign.' });

const iso = (date: Date | null) => date?.toISOString() ?? null;

/** A campaign as the outside sees it. @param job the one that seeds it, for finer progress than the campaign itself keeps. */
export function toCampaignResource(
  campaign: Campaign,
  job?: Pick<JobView, 'progress' | 'message'>,
): z.input<typeof campaignResource> {
  const {
    _id,
    seedingRun,
    usedSeedingIds: _u,
    uncleanSeedingIds: _c,
    seedEnqueuedAt: _e,
    announcement: _a,
    seedingId: _s,
    poolKey: _p,
    poolWantedAt: _w,
    templateHash: _h,
    claimToken: _t,
    outbox: _o,
    outboxAt: _oa,
    deletion,
    isChanged: _ic,
    members: _m,
    invitations: _i,
    ...shown
  }: StoredCampaign = campaign;
  const seeding = campaign.status === 'seeding' ? seedingOf(campaign, job) : null;
  return {
    ...shown,
    id: _id,
    stage: seeding?.stage ?? null,
    seeding,
    templateId: shown.templateId ?? seedingRun?.templateId ?? null,
    failure: shown.failure && failureOf(shown.failure),
    poolCreatedAt: iso(shown.poolCreatedAt),
    activatedAt: iso(shown.activatedAt),
    cleanedUpAt: iso(shown.cleanedUpAt),
    deletedAt: iso(deletion?.at ?? null),
    restorableUntil: iso(deletion?.restorableUntil ?? null),
    createdAt: shown.createdAt.toISOString(),
    updatedAt: shown.updatedAt.toISOString(),
  };
}

function seedingOf({ seedingRun }: Campaign, job: Pick<JobView, 'progress' | 'message'> | undefined) {
  if (!seedingRun) return null;
  const told = seedingStages.find((stage) => stage === job?.message);
  const stage = told && seedingStages.indexOf(told) > seedingStages.indexOf(seedingRun.stage) ? told : seedingRun.stage;
  return {
    jobId: seedingRun.jobId,
    stage,
    stages: [...seedingStages],
    progress: seedingStages.indexOf(stage) / seedingStages.length,
    startedAt: seedingRun.startedAt.toISOString(),
  };
}

const failureOf = ({ code, message, remedy }: NonNullable<Campaign['failure']>) => ({
  code,
  message,
  ...(remedy && { remedy }),
});
