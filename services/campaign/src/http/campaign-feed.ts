import { ChangeFeed, type StreamEvent } from '@millrace/service';
import type { Campaign } from '../domain/campaign.ts';
import { roleIn } from '../domain/members.ts';
import type { Campaigns } from '../store/campaigns.ts';
import { toCampaignResource } from './campaign-resource.ts';

type Log = ConstructorParameters<typeof ChangeFeed>[1];

export type CampaignFeed = ChangeFeed<Campaign>;

/** Tells of campaigns that change, and of those that were deleted. */
export const createCampaignFeed = (campaigns: Pick<Campaigns, 'list' | 'changedSince'>, log: Log): CampaignFeed =>
  new ChangeFeed(
    {
      changedSince: (since, sub, limit) => campaigns.changedSince(since, { sub, limit }),
      newest: (sub, limit) => campaigns.list({ sub, after: {}, limit }),
      eventOf,
      isOpenTo: (campaign, sub) => roleIn(campaign, sub) !== null,
    },
    log,
  );

const eventOf = (campaign: Campaign): StreamEvent => ({
  id: `${campaign.updatedAt.getTime()}.${campaign._id}.${campaign.revision}`,
  ...(campaign.deletion
    ? { event: 'campaign-deleted', data: { id: campaign._id, deletedAt: campaign.deletion.at.toISOString() } }
    : { event: 'campaign', data: toCampaignResource(campaign) }),
});
