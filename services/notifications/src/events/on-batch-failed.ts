import { batchFailed } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import { noticesOf } from '../domain/notice.ts';
import type { Notifications } from '../store/notifications.ts';

export const onBatchFailed = (notifications: Notifications): Subscription =>
  onEvent(batchFailed, (event) => notifications.add(noticesOf(event)));
