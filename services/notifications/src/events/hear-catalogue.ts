import { onEvent, type Subscription } from '@millrace/events';
import { catalogue } from '../domain/catalogue.ts';
import { noticesOf } from '../domain/notice.ts';
import type { TellPeople } from '../store/tell-people.ts';
import type { AlertWatch } from '../store/watch-alerts.ts';

/**
 * One subscription for each row of the catalogue, so that no row goes unheard.
 * @param operators who is told how the cluster fares, by `sub`.
 */
export const hearCatalogue = (
  tell: TellPeople,
  watch: Pick<AlertWatch, 'hear'>,
  operators: readonly string[],
): Subscription[] =>
  [...catalogue.values()].map((row) =>
    onEvent(row.contract, async (event) => {
      const quiet = await watch.hear(event);
      for (const notice of noticesOf(event, operators)) await tell(notice, { ...event, quiet });
    }),
  );
