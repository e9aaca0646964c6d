import { albumImportFailed } from '@millrace/contracts/music';
import { onEvent, type Subscription } from '@millrace/events';
import { noticesOf } from '../domain/notice.ts';
import type { Notifications } from '../store/notifications.ts';

export const onAlbumImportFailed = (notifications: Notifications): Subscription =>
  onEvent(albumImportFailed, (event) => notifications.add(noticesOf(event)));
