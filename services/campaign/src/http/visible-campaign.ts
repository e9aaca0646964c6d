import { problem, type User } from '@millrace/service';
import { z } from 'zod';
import type { Campaign } from '../domain/campaign.ts';
import { roleIn } from '../domain/members.ts';
import type { Campaigns } from '../store/campaigns.ts';

export const campaignParams = z.object({ id: z.uuid() });

/** The campaign, if this user may see it: members see their own and those that they were let into. @throws Problem `campaign-not-found` also for those of others. */
export async function visibleCampaign(campaigns: Pick<Campaigns, 'find'>, id: string, user: User): Promise<Campaign> {
  const campaign = await campaigns.find(id);
  if (!campaign) throw problem('campaign-not-found', { id });
  assertVisible(campaign, user);
  return campaign;
}

/** @throws Problem `campaign-not-found` to whoever is not in it. */
export function assertVisible(campaign: Campaign, { sub, seesAll }: User): void {
  if (!seesAll && !roleIn(campaign, sub)) throw problem('campaign-not-found', { id: campaign._id });
}

/** The same for whoever may change what is in it: its owner, its editors, operators. @throws Problem `forbidden` for its viewers. */
export async function changeableCampaign(
  campaigns: Pick<Campaigns, 'find'>,
  id: string,
  user: User,
): Promise<Campaign> {
  const campaign = await visibleCampaign(campaigns, id, user);
  if (!user.seesAll && roleIn(campaign, user.sub) === 'viewer')
    throw problem('forbidden', { role: 'viewer of the campaign', needed: 'its owner or editor' });
  return campaign;
}

/** The same for whoever may do anything with it as a whole: its owner, operators. @throws Problem `forbidden` for its members. */
export async function ownCampaign(campaigns: Pick<Campaigns, 'find'>, id: string, user: User): Promise<Campaign> {
  const campaign = await visibleCampaign(campaigns, id, user);
  assertOwn(campaign, user);
  return campaign;
}

/** The same, also for one that was deleted; that only its owner and operators find. */
export async function ownCampaignOrDeleted(
  campaigns: Pick<Campaigns, 'find' | 'findAny'>,
  id: string,
  user: User,
): Promise<Campaign> {
  const campaign = await campaigns.findAny(id);
  const isOwn = user.seesAll || campaign?.ownerId === user.sub;
  return campaign?.deletion && isOwn ? campaign : ownCampaign(campaigns, id, user);
}

/** @throws Problem `forbidden` to its members, `campaign-not-found` to whoever is not in it. */
export function assertOwn(campaign: Campaign, user: User): void {
  assertVisible(campaign, user);
  const role = roleIn(campaign, user.sub);
  if (!user.seesAll && role !== 'owner')
    throw problem('forbidden', { role: `${role} of the campaign`, needed: 'its owner' });
}
