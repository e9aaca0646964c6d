import { poolRecovered } from '@millrace/contracts/campaign';
import { onEvent, type Subscription } from '@millrace/events';
import { noticesOf } from '../domain/notice.ts';
import type { Notifications } from '../store/notifications.ts';

export const onPoolRecovered = (notifications: Notifications, operators: readonly string[]): Subscription =>
  onEvent(poolRecovered, (event) => notifications.add(noticesOf(event, operators)));
