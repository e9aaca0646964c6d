import { campaignAssigned } from '@millrace/contracts/campaign';
import { onEvent, type Subscription } from '@millrace/events';
import { noticesOf } from '../domain/notice.ts';
import type { Notifications } from '../store/notifications.ts';

export const onCampaignAssigned = (notifications: Notifications): Subscription =>
  onEvent(campaignAssigned, (event) => notifications.add(noticesOf(event)));
