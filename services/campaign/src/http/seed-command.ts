import { seedCampaign } from '@millrace/contracts/campaign';
import type { Jobs, JobView } from '@millrace/jobs';
import { forUser, type User } from '@millrace/service';
import type { Campaign } from '../domain/campaign.ts';
import { firstSeedingJobOf } from '../domain/ids.ts';
import type { Campaigns } from '../store/campaigns.ts';

type Deps = { readonly jobs: Jobs; readonly campaigns: Campaigns };

/**
 * Commands the seeding of a new campaign. The job's id derives from the campaign's, so whoever repeats this (the same request with its
 * Idempotency-Key, or the sweep below) commands it once. The campaign notes it afterwards; one that lacks the note is swept.
 */
export async function commandFirstSeeding({ jobs, campaigns }: Deps, campaign: Campaign): Promise<JobView> {
  const { _id, ownerId } = campaign;
  const owner = ownerId === null ? {} : forUser({ sub: ownerId });
  const { job } = await jobs.enqueue(
    seedCampaign,
    { campaignId: _id, requestedBy: ownerId },
    { ...owner, id: firstSeedingJobOf(_id) },
  );
  await campaigns.seedingEnqueued(_id, job.id);
  return job;
}

/** The job that seeds or has seeded a campaign; a new one when there is none, or the last one failed. */
export async function commandSeeding(
  { jobs, campaigns }: Deps,
  campaign: Campaign,
  command: { user: User; commandId: string; mode?: 'batch' | 'single' | undefined },
): Promise<JobView> {
  const last = await findJob(jobs, campaign.seedJobId);
  if (last && (campaign.status === 'ready' || last.endedAt === null)) return last;
  const { user, commandId, mode } = command;
  const payload = { campaignId: campaign._id, requestedBy: user.sub, ...(mode && { mode }) };
  const id = last || campaign.status === 'ready' ? commandId : firstSeedingJobOf(campaign._id);
  const { job } = await jobs.enqueue(seedCampaign, payload, { ...forUser(user), id });
  await campaigns.seedingEnqueued(campaign._id, job.id);
  return job;
}

/** A process may die between writing a campaign down and commanding its seeding; what lies longer than this was left behind. */
const leftBehindMs = 10_000;

/** Commands the seedings that nobody came to command. Any replica may do so at any time. */
export async function sweepUnseeded(deps: Deps): Promise<void> {
  const left = await deps.campaigns.unseeded(new Date(Date.now() - leftBehindMs), 100);
  for (const campaign of left) await commandFirstSeeding(deps, campaign);
}

/** Null for none, or one that is archived. */
export async function findJob(jobs: Pick<Jobs, 'find'>, id: string | null): Promise<JobView | null> {
  if (id === null) return null;
  try {
    return await jobs.find(id);
  } catch (error) {
    if ((error as { code?: string }).code === 'job-not-found') return null;
    throw error;
  }
}
