import { campaignSeeded } from '@millrace/contracts/campaign';
import { onEvent, type Subscription } from '@millrace/events';
import { noticesOf } from '../domain/notice.ts';
import type { Notifications } from '../store/notifications.ts';

export const onCampaignSeeded = (notifications: Notifications): Subscription =>
  onEvent(campaignSeeded, (event) => notifications.add(noticesOf(event)));
