import { deleteCampaign, purgeAssets } from '@millrace/contracts/campaign';
import { defineJob, done, exponential, fail, type Jobs, on, snooze } from '@millrace/jobs';
import type { Campaign } from '../domain/campaign.ts';
import type { AssetPurges } from '../store/asset-purges.ts';
import type { CampaignDeletions } from '../store/campaign-deletions.ts';

type Deps = {
  readonly deletions: CampaignDeletions;
  readonly purges: Pick<AssetPurges, 'markUnreferenced'>;
  readonly graceMs: number;
  jobs(): Promise<Pick<Jobs, 'cancel' | 'find'>>;
};

/** Between two looks whether a seeding has let go. */
const looksAgainMs = 500;
/** A purge looks by the database's clock, which may be a little behind. */
const marginMs = 1_000;

/** Takes a deleted campaign apart. A seeding that is at it is ended first, so that no row comes behind. */
export const deleteCampaignJob = ({ deletions, purges, graceMs, jobs }: Deps) =>
  defineJob(deleteCampaign, {
    retry: [on(Error, exponential({ baseMs: 2_000 }))],
    async run({ payload: { campaignId, requestedBy }, signal, log }) {
      const campaign = await deletions.mark(campaignId, { by: requestedBy });
      if (!campaign) return fail(notToDelete(campaignId));
      if (await isStillSeeded(await jobs(), campaign)) return snooze(looksAgainMs);

      const files = await deletions.removeRows(campaign, signal);
      const freedFiles = await purges.markUnreferenced(files);
      await deletions.cleaned(campaignId);
      log.info({ campaignId, freedFiles }, 'campaign deleted');
      const purge = { name: purgeAssets.name, payload: {}, delayMs: graceMs + marginMs };
      return done({ result: { freedFiles }, jobs: freedFiles > 0 ? [purge] : [] });
    },
  });

const notToDelete = (campaignId: string) => ({
  code: 'campaign-missing',
  message: `there is no campaign ${campaignId} that may be deleted: it does not exist, or is in a pool`,
  remedy: 'members of a pool are taken out by POST /pools/:type/drain',
});

/** Ends the seeding that is at it, if any. @returns whether it has still to let go. */
async function isStillSeeded(jobs: Awaited<ReturnType<Deps['jobs']>>, { seedJobId }: Campaign): Promise<boolean> {
  if (seedJobId === null) return false;
  try {
    if ((await jobs.find(seedJobId)).endedAt !== null) return false;
    return (await jobs.cancel(seedJobId)).endedAt === null;
  } catch (error) {
    if (isOver.includes((error as { code?: unknown }).code)) return false;
    throw error;
  }
}

const isOver: readonly unknown[] = ['job-not-found', 'job-state-conflict'];
