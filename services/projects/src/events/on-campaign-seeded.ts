import { campaignSeeded } from '@millrace/contracts/campaign';
import { onEvent, type Subscription } from '@millrace/events';
import type { WakeSetups } from './wake-setups.ts';

export const onCampaignSeeded = (wake: WakeSetups): Subscription =>
  onEvent(campaignSeeded, ({ data }) => wake(`campaign:${data.campaignId}`));
