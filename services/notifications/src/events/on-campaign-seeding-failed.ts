import { campaignSeedingFailed } from '@millrace/contracts/campaign';
import { onEvent, type Subscription } from '@millrace/events';
import { noticesOf } from '../domain/notice.ts';
import type { Notifications } from '../store/notifications.ts';

export const onCampaignSeedingFailed = (notifications: Notifications): Subscription =>
  onEvent(campaignSeedingFailed, (event) => notifications.add(noticesOf(event)));
