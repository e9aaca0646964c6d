import { usageReported } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import { noticesOf } from '../domain/notice.ts';
import type { Notifications } from '../store/notifications.ts';

export const onUsageReported = (notifications: Notifications, operators: readonly string[]): Subscription =>
  onEvent(usageReported, (event) => notifications.add(noticesOf(event, operators)));
