import { meshCompleted } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import { noticesOf } from '../domain/notice.ts';
import type { Notifications } from '../store/notifications.ts';

export const onMeshCompleted = (notifications: Notifications): Subscription =>
  onEvent(meshCompleted, (event) => notifications.add(noticesOf(event)));
