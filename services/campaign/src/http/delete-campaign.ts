import { deleteCampaign } from '@millrace/contracts/campaign';
import type { Jobs } from '@millrace/jobs';
import { forUser, noContent, ok, problem, route } from '@millrace/service';
import { z } from 'zod';
import type { Campaign } from '../domain/campaign.ts';
import { deletionJobOf } from '../domain/ids.ts';
import type { CampaignDeletions, DeletedCampaign } from '../store/campaign-deletions.ts';
import type { CampaignStore } from '../store/campaign-store.ts';
import { campaignResource, toCampaignResource } from './campaign-resource.ts';
import { commandSeeding } from './seed-command.ts';
import { campaignParams, ownCampaignOrDeleted } from './visible-campaign.ts';

type Deps = {
  readonly store: Pick<CampaignStore, 'campaigns' | 'deletions'>;
  readonly jobs: Jobs;
  readonly keepDeletedMs: number;
};

export const deleteRoute = ({ store: { campaigns, deletions }, jobs, keepDeletedMs }: Deps) =>
  route({
    method: 'delete',
    path: '/campaigns/:id',
    summary:
      'Deletes a campaign at once for everybody; when its time to be restored is over a job deletes all that is in it. Again changes nothing.',
    tag: 'campaigns',
    role: 'member',
    params: campaignParams,
    query: z.strictObject({
      unless: z.literal('changed').optional().meta({
        description: 'Leaves a campaign alone in which anything was added, changed or deleted since it was seeded.',
      }),
      purge: z.enum(['true', 'false']).default('false').meta({
        description: 'Takes it apart now, also one that was deleted before: it can no longer be restored.',
      }),
    }),
    responses: { 204: { description: 'Deleted, now or before.' } },
    problems: ['campaign-not-found', 'campaign-changed', 'campaign-in-pool'],
    async handle({ params: { id }, query: { unless, purge }, user }) {
      const campaign = await ownCampaignOrDeleted(campaigns, id, user);
      if (campaign.isPool) throw problem('campaign-in-pool', { id, type: campaign.poolType ?? 'master' });
      const keepMs = purge === 'true' ? 0 : keepDeletedMs;
      const deleted = await deletions.mark(id, { by: user.sub, unlessChanged: unless === 'changed', keepMs });
      if (!deleted) throw problem('campaign-changed', { id });
      if (deleted.deletion.state === 'marked') await commandDeletion({ deletions, jobs }, deleted);
      return noContent();
    },
  });

export const restoreRoute = ({ store: { campaigns, deletions }, jobs }: Deps) =>
  route({
    method: 'post',
    path: '/campaigns/:id/restore',
    summary:
      'Brings a deleted campaign back as it was; one that was not ready yet is seeded again. Of one that is not deleted it changes nothing.',
    tag: 'campaigns',
    role: 'member',
    params: campaignParams,
    responses: { 200: campaignResource },
    problems: ['campaign-not-found', 'campaign-purged'],
    async handle({ params: { id }, user, commandId }) {
      const { deletion } = await ownCampaignOrDeleted(campaigns, id, user);
      if (deletion) await deletions.restore(id);
      const campaign = await campaigns.find(id);
      if (!campaign) throw problem('campaign-purged', { id });
      if (unfinished.has(campaign.status)) await commandSeeding({ jobs, campaigns }, campaign, { user, commandId });
      return ok(toCampaignResource(campaign), { revision: campaign.revision });
    },
  });

/** Its seeding may have ended when it found the campaign deleted. */
const unfinished: ReadonlySet<Campaign['status']> = new Set(['building', 'seeding']);

type Commander = { readonly deletions: CampaignDeletions; readonly jobs: Pick<Jobs, 'enqueue'> };

/** Commands the job that takes it apart. Its id derives from the campaign's, so it is commanded once, whoever repeats this. */
async function commandDeletion({ deletions, jobs }: Commander, { _id, deletion: { by } }: DeletedCampaign) {
  const payload = { campaignId: _id, requestedBy: by };
  await jobs.enqueue(deleteCampaign, payload, { ...forUser({ sub: by }), id: deletionJobOf(_id) });
  await deletions.commanded(_id);
}

/** A process may die between the mark and the command; what lies longer than this was left behind. */
const leftBehindMs = 10_000;

/** Commands the deletions that nobody came to command, and those whose time to be restored is over. Any replica may do so at any time. */
export async function sweepUncommanded(commander: Commander): Promise<void> {
  await commander.deletions.endKeeping();
  const left = await commander.deletions.uncommanded(new Date(Date.now() - leftBehindMs), 100);
  for (const campaign of left) await commandDeletion(commander, campaign);
}
