import { randomUUID } from 'node:crypto';
import type { Connection, QueryFilter, UpdateQuery } from 'mongoose';
import type { Campaign, Failure, SeedingRun, SeedingStage } from '../domain/campaign.ts';
import { planStart, type Start } from '../domain/seeding.ts';
import { campaignModel, undeleted } from './campaigns.ts';

export type Seedings = ReturnType<typeof seedingsIn>;

/** The campaign is in other hands: a later run began, somebody gave it up, or it is ready. */
export class SeedingSuperseded extends Error {
  override readonly name = 'SeedingSuperseded';
}

/** Nobody wants the campaign any more. */
export class CampaignDeleted extends Error {
  override readonly name = 'CampaignDeleted';
}

type Runner = { readonly rootId: string; readonly jobId: string; readonly templateId: string };

/**
 * What a seeding does to its campaign. The campaign's `seedingRun` names who may write: each run begins with a fresh token,
 * and every later write filters by it. So a run that was thought dead changes nothing once another has begun,
 * and the one write that makes rows visible, `publish`, happens once.
 */
export function seedingsIn(database: Connection) {
  return { ...runsIn(database), ...cleanupsIn(database) };
}

function runsIn(database: Connection) {
  const { model, change } = changingIn(database);
  return {
    /**
     * Takes the campaign for this run. @returns null when there is no such campaign.
     * @throws SeedingSuperseded when another run took it at the same moment, CampaignDeleted.
     */
    async begin(campaignId: string, runner: Runner): Promise<{ campaign: Campaign; start: Start } | null> {
      const campaign = await model.findById(campaignId).lean<Campaign>().exec();
      if (!campaign || isOutOfPool(campaign)) return null;
      if (campaign.deletion) throw new CampaignDeleted(`campaign ${campaignId} was deleted`);
      const start = planStart(campaign, { ...runner, token: randomUUID(), at: new Date() });
      if (start.kind !== 'run') return { campaign, start };
      const { run, replacedSeedingId } = start;
      const unchanged = {
        _id: campaignId,
        status: campaign.status,
        poolStatus: campaign.poolStatus,
        ...undeleted,
        'seedingRun.token': campaign.seedingRun?.token ?? null,
      };
      const taken = await change(
        unchanged as QueryFilter<Campaign>,
        { status: 'seeding', seedingRun: run, failure: null, cleanedUpAt: null, seedJobId: run.jobId },
        {
          $addToSet: {
            usedSeedingIds: run.seedingId,
            ...(replacedSeedingId && { uncleanSeedingIds: replacedSeedingId }),
          },
        } as UpdateQuery<Campaign>,
      );
      if (!taken) throw new SeedingSuperseded(`campaign ${campaignId}: another run began at the same moment`);
      return { campaign, start };
    },

    /** Shows how far the run is. @throws SeedingSuperseded when it is no longer this run's campaign. */
    async enter(stage: SeedingStage, campaignId: string, run: SeedingRun): Promise<void> {
      const held = await change(heldBy(run, campaignId), { 'seedingRun.stage': stage });
      if (!held)
        throw new SeedingSuperseded(`campaign ${campaignId}: seeding ${run.rootId} lost it before stage ${stage}`);
    },

    /** Makes the verified copy visible, all at once. @throws SeedingSuperseded when it is no longer this run's campaign. */
    async publish(
      campaignId: string,
      run: SeedingRun,
      copy: Pick<Campaign, 'counts' | 'templateVersion' | 'templateHash' | 'announcement'>,
      pool: Partial<Pick<Campaign, 'poolStatus'>> = {},
    ): Promise<void> {
      // A member that was given up meanwhile must not come back: its rows are being removed.
      const inPool = pool.poolStatus ? { isPool: true, poolStatus: { $in: [...seedable] } } : {};
      const published = await change({ ...heldBy(run, campaignId), ...inPool } as QueryFilter<Campaign>, {
        ...copy,
        ...pool,
        status: 'ready',
        seedingId: run.seedingId,
        templateId: run.templateId,
        'seedingRun.state': 'published',
      });
      if (!published)
        throw new SeedingSuperseded(`campaign ${campaignId}: seeding ${run.rootId} lost it before the end`);
    },
  };
}

/** States in which a member may be seeded; a quarantined one by whoever retries its job. */
const seedable = ['building', 'quarantined', 'ready'] as const;

/** It was given up, and its rows are being removed. */
const isOutOfPool = ({ isPool, poolStatus }: Campaign): boolean =>
  isPool && !seedable.some((status) => status === poolStatus);

function cleanupsIn(database: Connection) {
  const { model, change } = changingIn(database);
  return {
    /**
     * Gives up what the failed job had begun, unless the campaign is ready or belongs to another run by now.
     * From then on the failed run can no longer publish, so its rows may be deleted. Safe to repeat.
     */
    async abandon(
      campaign: Campaign,
      { rootId, jobId, failure }: { rootId: string; jobId: string; failure: Failure },
    ): Promise<void> {
      const { _id, seedingRun: run } = campaign;
      if (run?.rootId === rootId && run.state === 'running') {
        await change(heldBy(run, _id), { status: 'failed', failure, 'seedingRun.state': 'abandoned' }, {
          $addToSet: { uncleanSeedingIds: run.seedingId },
        } as UpdateQuery<Campaign>);
      } else if (!run) {
        await change({ _id, status: 'building', seedingRun: null, seedJobId: jobId }, { status: 'failed', failure });
      }
    },

    /** Copies whose rows nobody will ever see. */
    async givenUp(campaignId: string): Promise<string[]> {
      const campaign = await model.findById(campaignId).lean<Campaign>().exec();
      return campaign ? campaign.uncleanSeedingIds.filter((id) => !isUsedBy(campaign, id)) : [];
    },

    /** Whether the campaign shows this copy, or a run is still at work on it. */
    async isInUse(campaignId: string, seedingId: string): Promise<boolean> {
      const campaign = await model.findById(campaignId).lean<Campaign>().exec();
      return campaign !== null && isUsedBy(campaign, seedingId);
    },

    /** Notes that no row of these seedings is left. */
    async cleaned(campaignId: string, seedingIds: readonly string[]): Promise<void> {
      await model.updateOne({ _id: campaignId }, {
        $pull: { uncleanSeedingIds: { $in: [...seedingIds] } },
      } as UpdateQuery<Campaign>);
      await change(
        { _id: campaignId, status: 'failed', uncleanSeedingIds: [], cleanedUpAt: null },
        { cleanedUpAt: new Date() },
      );
    },
  };
}

/** One that can be restored has to be found as it was. */
const isUsedBy = ({ seedingId, seedingRun, deletion }: Campaign, id: string): boolean =>
  (!deletion || deletion.state === 'kept') &&
  (seedingId === id || (seedingRun?.state === 'running' && seedingRun.seedingId === id));

/** A run that still has the campaign. */
const heldBy = ({ token }: Pick<SeedingRun, 'token'>, campaignId: string): QueryFilter<Campaign> =>
  ({
    _id: campaignId,
    ...undeleted,
    status: 'seeding',
    'seedingRun.token': token,
    'seedingRun.state': 'running',
  }) as QueryFilter<Campaign>;

function changingIn(database: Connection) {
  const model = campaignModel(database);
  /** One compare-and-set. @returns whether it matched. */
  async function change(
    filter: QueryFilter<Campaign>,
    $set: Partial<Campaign> | Record<string, unknown>,
    more: UpdateQuery<Campaign> = {},
  ) {
    const update = { ...more, $set: { ...$set, updatedAt: new Date() }, $inc: { revision: 1 } };
    const { matchedCount } = await model.updateOne(filter, update as UpdateQuery<Campaign>);
    return matchedCount === 1;
  }
  return { model, change };
}
