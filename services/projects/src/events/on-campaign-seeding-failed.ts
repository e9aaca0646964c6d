import { campaignSeedingFailed } from '@millrace/contracts/campaign';
import { onEvent, type Subscription } from '@millrace/events';
import type { WakeSetups } from './wake-setups.ts';

export const onCampaignSeedingFailed = (wake: WakeSetups): Subscription =>
  onEvent(campaignSeedingFailed, ({ data }) => wake(`campaign:${data.campaignId}`));
