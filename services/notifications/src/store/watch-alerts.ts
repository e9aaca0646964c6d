import { remindOfAlert } from '@millrace/contracts/notifications';
import { derivedId, type Jobs } from '@millrace/jobs';
import { type Alert, alertId, heard, quietBecause, snoozed } from '../domain/alert.ts';
import { alertFactOf, type Fact } from '../domain/notice.ts';
import type { Alerts } from './alerts.ts';

type Parts = {
  readonly alerts: Alerts;
  readonly jobs: Promise<Pick<Jobs, 'enqueue'>>;
  readonly now: () => Date;
  readonly reminderMs: number;
};

export type AlertWatch = ReturnType<typeof watchAlerts>;

/** Keeps alerts by events, and commands a reminder for as long as nobody takes one on. */
export function watchAlerts({ alerts, jobs, now, reminderMs }: Parts) {
  const remind = async (alert: Alert | undefined): Promise<void> => {
    if (!alert || (alert.state !== 'open' && alert.state !== 'snoozed')) return;
    const { _id, round, remindAt } = alert;
    // Known before it is asked for: who died after writing the alert commands the same job again.
    const id = derivedId(`remind:${_id}:${round}`);
    await (await jobs).enqueue(remindOfAlert, { alertId: _id, round }, { id, runAt: remindAt });
  };
  return {
    /** @returns why nobody is to be disturbed by this event; null when they are. The same event again changes nothing. */
    async hear(event: Fact & { readonly at: Date }): Promise<string | null> {
      const fact = alertFactOf(event);
      if (!fact) return null;
      const alert = await alerts.change(alertId(fact.key), (known) => heard(known, fact, { now: now(), reminderMs }));
      await remind(alert);
      return alert && !fact.isOver ? quietBecause(alert, now()) : null;
    },

    async snooze(id: string, by: string, note: string | null, forMs: number): Promise<Alert | undefined> {
      const times = { now: now(), until: new Date(now().getTime() + forMs) };
      const alert = await alerts.change(id, (known) => known && snoozed(known, by, note, times));
      await remind(alert);
      return alert;
    },
  };
}
