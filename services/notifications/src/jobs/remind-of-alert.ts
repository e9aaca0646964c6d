import { remindOfAlert } from '@millrace/contracts/notifications';
import { defineJob, discard, snooze } from '@millrace/jobs';
import { type Alert, hasFaded, reminded, resolved } from '../domain/alert.ts';
import { remindersOf } from '../domain/alert-reminder.ts';
import type { Person } from '../domain/preferences.ts';
import type { Alerts } from '../store/alerts.ts';
import type { Dispatch } from '../store/dispatch.ts';

export type RemindDeps = {
  readonly alerts: Pick<Alerts, 'find' | 'change'>;
  readonly people: { find(sub: string): Promise<Person> };
  readonly dispatch: Dispatch;
  readonly operators: readonly string[];
  readonly reminderMs: number;
  readonly now: () => Date;
};

/** Reminds of one alert, again and again, until somebody takes it on or it is over. */
export const remindOfAlertJob = (deps: RemindDeps) =>
  defineJob(remindOfAlert, {
    async run({ payload: { alertId, round } }) {
      const now = deps.now();
      const alert = await deps.alerts.find(alertId);
      if (!alert || alert.round !== round) return discard('reminding has begun anew since');
      if (alert.state === 'acknowledged' || alert.state === 'resolved') return discard(`the alert is ${alert.state}`);
      if (alert.remindAt > now) return snooze(alert.remindAt.getTime() - now.getTime());
      if (hasFaded(alert, now)) {
        await deps.alerts.change(alertId, (known) => known && resolved(known, now));
        return discard('it has not come again for a day');
      }
      await tellOperators(deps, alert, now);
      await deps.alerts.change(alertId, (known) =>
        known && isAsTold(known, alert) ? reminded(known, { ...deps, now }) : known,
      );
      return snooze(deps.reminderMs);
    },
  });

/** Before the reminder is counted: whoever dies in between sends the same messages again, which changes nothing. */
async function tellOperators({ people, dispatch, operators }: RemindDeps, alert: Alert, now: Date): Promise<void> {
  for (const sub of operators) {
    for (const planned of remindersOf(alert, sub, await people.find(sub), now)) await dispatch(planned);
  }
}

/** Somebody may take it on in the very moment. */
const isAsTold = (known: Alert, told: Alert): boolean =>
  known.round === told.round && known.reminders === told.reminders && known.state === told.state;
