import { problem, type User } from '@millrace/service';
import { z } from 'zod';
import type { Campaign } from '../domain/campaign.ts';
import type { Campaigns } from '../store/campaigns.ts';

export const campaignParams = z.object({ id: z.uuid() });

/** The campaign, if this user may see it: members see their own. @throws Problem `campaign-not-found` also for those of others. */
export async function visibleCampaign(campaigns: Pick<Campaigns, 'find'>, id: string, user: User): Promise<Campaign> {
  const campaign = await campaigns.find(id);
  if (!campaign || !(user.seesAll || campaign.ownerId === user.sub)) throw problem('campaign-not-found', { id });
  return campaign;
}
