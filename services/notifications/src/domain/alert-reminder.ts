import { actionsOn, alertActions } from './action.ts';
import { type Alert, alertPage } from './alert.ts';
import { ownLocale } from './locale.ts';
import { phrasesIn } from './phrases.ts';
import { type Planned, planOf } from './plan.ts';
import type { Reachable } from './preferences.ts';
import { quietUntil } from './zoned-time.ts';

/** The next reminder of an alert to one operator, on the same ways as the alert; none in their quiet hours, unless it is critical. Always with the same ids. */
export function remindersOf(alert: Alert, recipient: string, person: Reachable, now: Date): Planned[] {
  if (alert.level !== 'critical' && quietUntil(person.quietHours, person.timeZone, now)) return [];
  const times = alert.occurrences === 1 ? 'once' : `${alert.occurrences} times`;
  const notice = {
    id: alert._id,
    recipient,
    category: 'operations' as const,
    title: `Still: ${alert.title}`,
    body: `${alert.body} It has happened ${times} since ${alert.openedAt.toISOString()}. Acknowledge or snooze it: alert ${alert._id}.`,
    // Alerts of former releases lead nowhere.
    link: alert.link ?? null,
    actions: actionsOn(alertPage(alert._id), alertActions, phrasesIn(ownLocale).actions),
    locale: ownLocale,
    eventId: `${alert._id}:${alert.round}:${alert.reminders + 1}`,
    traceId: null,
  };
  const atOnce = { ...person, digest: 'immediate' as const, escalation: null };
  return planOf(notice, alert.type, atOnce, { now, burstMs: 0, at: alert.happenedAt }).map(({ draft }) => ({
    gatherUntil: null,
    draft: {
      ...draft,
      kind: 'reminder',
      notificationId: null,
      eventIds: alert.eventIds,
      why: 'You get this because nobody has acknowledged the alert.',
    },
  }));
}
