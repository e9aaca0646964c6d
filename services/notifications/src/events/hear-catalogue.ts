import { onEvent, type Subscription } from '@millrace/events';
import { catalogue } from '../domain/catalogue.ts';
import { noticesOf } from '../domain/notice.ts';
import type { TellPeople } from '../store/tell-people.ts';

/**
 * One subscription for each row of the catalogue, so that no row goes unheard.
 * @param operators who is told how the cluster fares, by `sub`.
 */
export const hearCatalogue = (tell: TellPeople, operators: readonly string[]): Subscription[] =>
  [...catalogue.values()].map((row) =>
    onEvent(row.contract, async (event) => {
      for (const notice of noticesOf(event, operators)) await tell(notice, event);
    }),
  );
