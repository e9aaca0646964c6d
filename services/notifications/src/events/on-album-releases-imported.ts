import { albumReleasesImported } from '@millrace/contracts/music';
import { onEvent, type Subscription } from '@millrace/events';
import { noticesOf } from '../domain/notice.ts';
import type { Notifications } from '../store/notifications.ts';

export const onAlbumReleasesImported = (notifications: Notifications): Subscription =>
  onEvent(albumReleasesImported, (event) => notifications.add(noticesOf(event)));
