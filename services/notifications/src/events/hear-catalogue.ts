import { onEvent, type Subscription } from '@millrace/events';
import { catalogue } from '../domain/catalogue.ts';
import { noticesOf } from '../domain/notice.ts';
import type { Notifications } from '../store/notifications.ts';

/**
 * One subscription for each row of the catalogue, so that no row goes unheard.
 * @param operators who is told how the cluster fares, by `sub`.
 */
export const hearCatalogue = (notifications: Notifications, operators: readonly string[]): Subscription[] =>
  [...catalogue.values()].map((row) =>
    onEvent(row.contract, (event) => notifications.add(noticesOf(event, operators))),
  );
