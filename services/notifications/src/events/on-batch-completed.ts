import { batchCompleted } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import { noticesOf } from '../domain/notice.ts';
import type { Notifications } from '../store/notifications.ts';

export const onBatchCompleted = (notifications: Notifications): Subscription =>
  onEvent(batchCompleted, (event) => notifications.add(noticesOf(event)));
