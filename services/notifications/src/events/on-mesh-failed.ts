import { meshFailed } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import { noticesOf } from '../domain/notice.ts';
import type { Notifications } from '../store/notifications.ts';

export const onMeshFailed = (notifications: Notifications): Subscription =>
  onEvent(meshFailed, (event) => notifications.add(noticesOf(event)));
