import { deleteCampaign } from '@millrace/contracts/campaign';
import type { Jobs } from '@millrace/jobs';
import { forUser, noContent, problem, route, type User } from '@millrace/service';
import { z } from 'zod';
import type { Campaign } from '../domain/campaign.ts';
import { deletionJobOf } from '../domain/ids.ts';
import type { CampaignDeletions, DeletedCampaign } from '../store/campaign-deletions.ts';
import type { CampaignStore } from '../store/campaign-store.ts';
import { campaignParams } from './visible-campaign.ts';

type Deps = { readonly store: Pick<CampaignStore, 'campaigns' | 'deletions'>; readonly jobs: Jobs };

export const deleteRoute = ({ store: { campaigns, deletions }, jobs }: Deps) =>
  route({
    method: 'delete',
    path: '/campaigns/:id',
    summary: 'Deletes a campaign at once for everybody, then, by a job, all that is in it. Again changes nothing.',
    tag: 'campaigns',
    role: 'member',
    params: campaignParams,
    query: z.strictObject({
      unless: z.literal('changed').optional().meta({
        description: 'Leaves a campaign alone in which anything was added, changed or deleted since it was seeded.',
      }),
    }),
    responses: { 204: { description: 'Deleted, now or before.' } },
    problems: ['campaign-not-found', 'campaign-changed', 'campaign-in-pool'],
    async handle({ params: { id }, query: { unless }, user }) {
      const campaign = await ownCampaign(campaigns, id, user);
      if (campaign.isPool) throw problem('campaign-in-pool', { id, type: campaign.poolType ?? 'master' });
      const deleted = await deletions.mark(id, { by: user.sub, unlessChanged: unless === 'changed' });
      if (!deleted) throw problem('campaign-changed', { id });
      if (deleted.deletion.state === 'marked') await commandDeletion({ deletions, jobs }, deleted);
      return noContent();
    },
  });

/** Also one that was deleted. @throws Problem `campaign-not-found` for those of others. */
async function ownCampaign(campaigns: Deps['store']['campaigns'], id: string, user: User): Promise<Campaign> {
  const campaign = await campaigns.findAny(id);
  if (!campaign || !(user.seesAll || campaign.ownerId === user.sub)) throw problem('campaign-not-found', { id });
  return campaign;
}

type Commander = { readonly deletions: CampaignDeletions; readonly jobs: Pick<Jobs, 'enqueue'> };

/** Commands the job that takes it apart. Its id derives from the campaign's, so it is commanded once, whoever repeats this. */
async function commandDeletion({ deletions, jobs }: Commander, { _id, deletion: { by } }: DeletedCampaign) {
  const payload = { campaignId: _id, requestedBy: by };
  await jobs.enqueue(deleteCampaign, payload, { ...forUser({ sub: by }), id: deletionJobOf(_id) });
  await deletions.commanded(_id);
}

/** A process may die between the mark and the command; what lies longer than this was left behind. */
const leftBehindMs = 10_000;

/** Commands the deletions that nobody came to command. Any replica may do so at any time. */
export async function sweepUncommanded(commander: Commander): Promise<void> {
  const left = await commander.deletions.uncommanded(new Date(Date.now() - leftBehindMs), 100);
  for (const campaign of left) await commandDeletion(commander, campaign);
}
