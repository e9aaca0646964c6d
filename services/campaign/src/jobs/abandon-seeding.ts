import { abandonSeeding, campaignSeeded } from '@millrace/contracts/campaign';
import { defineJob, discard, done } from '@millrace/jobs';
import type { Campaign } from '../domain/campaign.ts';
import type { Campaigns } from '../store/campaigns.ts';
import type { CopyRows } from '../store/copy-rows.ts';
import type { Seedings } from '../store/seedings.ts';

export type AbandonDeps = {
  readonly campaigns: Pick<Campaigns, 'find'>;
  readonly seedings: Seedings;
  readonly rows: Pick<CopyRows, 'remove'>;
  /** Whether a job is still going to do something. */
  isUnfinished(jobId: string): Promise<boolean>;
};

/**
 * Cleans up after a seeding that failed for good. First the campaign is taken from the failed run, so that not even a run that comes back
 * from the dead can publish it; then its rows are deleted. A campaign that is ready, or that another job is seeding, stays as it is;
 * only rows of given-up copies are ever deleted. One that this very seeding made ready, by a process that then died before it could
 * tell, is told of here: nobody else would.
 */
export const abandonSeedingJob = (deps: AbandonDeps) =>
  defineJob(abandonSeeding, {
    async run({ payload: { campaignId, seedingId: rootId, jobId, reason }, signal }) {
      const campaign = await deps.campaigns.find(campaignId);
      if (!campaign) return discard(`campaign ${campaignId} does not exist, so nothing of it is left`);
      if (await deps.isUnfinished(jobId)) return discard(`job ${jobId} is seeding campaign ${campaignId} again`);

      await deps.seedings.abandon(campaign, { rootId, jobId, failure: reason });

      const givenUp = await deps.seedings.givenUp(campaignId);
      for (const seedingId of givenUp) {
        signal.throwIfAborted();
        await deps.rows.remove(campaignId, seedingId);
      }
      await deps.seedings.cleaned(campaignId, givenUp);
      const events = announcementsOf(await deps.campaigns.find(campaignId), rootId);
      return done({ events, result: { removedSeedings: givenUp.length } });
    },
  });

const announcementsOf = (campaign: Campaign | null, rootId: string) =>
  campaign?.status === 'ready' && campaign.seedingRun?.rootId === rootId && campaign.announcement
    ? [campaignSeeded(campaign.announcement)]
    : [];
