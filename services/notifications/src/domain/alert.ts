import { v5 as uuidv5 } from 'uuid';
import type { Level } from './delivery.ts';

/**
 * | state | operators |
 * |---|---|
 * | open | are told, and reminded |
 * | acknowledged | are left alone: somebody looks after it |
 * | snoozed | are left alone until a time, and then reminded |
 * | resolved | are told when it comes again |
 */
export const alertStates = ['open', 'acknowledged', 'snoozed', 'resolved'] as const;
type AlertState = (typeof alertStates)[number];

/** Something that is wrong with the cluster, for as long as it is. */
export type Alert = {
  readonly _id: string;
  readonly type: string;
  readonly level: Level;
  readonly title: string;
  readonly body: string;
  /** The page of the console that shows what is wrong, as its path. */
  readonly link: string | null;
  readonly state: AlertState;
  /** What its owner takes it to be one case of, so that an old one is not taken for a new one; null where owners know no cases. */
  readonly incident: string | null;
  /** How often it has happened since it was opened; 0 when only its end was heard. */
  readonly occurrences: number;
  /** The events that it is about, the last twenty. */
  readonly eventIds: readonly string[];
  /** The time of the newest event. */
  readonly happenedAt: Date;
  /** Grows whenever reminding begins anew: each round has one job that reminds. */
  readonly round: number;
  /** Within the round. */
  readonly reminders: number;
  readonly remindAt: Date;
  /** Who has acknowledged or snoozed it, and why. */
  readonly by: string | null;
  readonly note: string | null;
  readonly openedAt: Date;
  readonly resolvedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** An event as far as an alert needs it. */
export type AlertFact = Pick<Alert, 'type' | 'level' | 'title' | 'body' | 'link' | 'incident'> & {
  readonly key: string;
  readonly eventId: string;
  readonly at: Date;
  /** The event that ends it. */
  readonly isOver: boolean;
};

/** Never to be changed: links to alerts would lead nowhere. */
const namespace = '6f2c1d7e-8b0a-5e43-9a51-0c7d2e4b8f36';

export const alertId = (key: string): string => uuidv5(key, namespace);

/** Where the console shows one alert, and what can be done about it. */
export const alertPage = (id: string): string => `/alerts/${id}`;

const eventsKept = 20;

/** What nothing announces the end of is over when it has not come again for a day. */
const fadesAfterMs = 86_400_000;

type Clock = { readonly now: Date; readonly reminderMs: number };

/** An alert after an event. The same event again, or one that something later came before, changes nothing. */
export function heard(alert: Alert | undefined, fact: AlertFact, clock: Clock): Alert {
  if (alert && (alert.eventIds.includes(fact.eventId) || isPast(alert, fact))) return alert;
  if (fact.isOver) return ended(alert, fact, clock);
  if (!alert || alert.state === 'resolved') return opened(alert, fact, clock);
  const { type, title, body, link, level, incident } = fact;
  const eventIds = [...alert.eventIds, fact.eventId].slice(-eventsKept);
  const newest = { type, title, body, link, incident, eventIds, happenedAt: fact.at };
  const again = { ...alert, ...newest, occurrences: alert.occurrences + 1 };
  // Whoever has taken on that a pool is low has not taken on that it is empty.
  if (level === 'critical' && alert.level !== 'critical') return watched({ ...again, level }, clock);
  return { ...again, level, updatedAt: clock.now };
}

/** By the order in which things happened, and not in which they were heard. The end of an incident is its last word, whatever the clocks of its tellers say. */
function isPast(alert: Alert, { incident, isOver, at }: AlertFact): boolean {
  const isSameIncident = incident !== null && incident === alert.incident;
  if (isSameIncident && (isOver || alert.state === 'resolved')) return alert.state === 'resolved';
  return at < alert.happenedAt;
}

/** Also where nothing was known: what it ended may be heard of later, and is not to open anything. */
function ended(alert: Alert | undefined, fact: AlertFact, clock: Clock): Alert {
  const known = alert ?? { ...opened(alert, fact, clock), occurrences: 0, eventIds: [] };
  const happenedAt = new Date(Math.max(fact.at.getTime(), known.happenedAt.getTime()));
  return resolved({ ...known, incident: fact.incident, happenedAt }, clock.now);
}

export const acknowledged = (alert: Alert, by: string, note: string | null, now: Date): Alert =>
  alert.state === 'resolved' ? alert : { ...alert, state: 'acknowledged', by, note, updatedAt: now };

/** Reminding begins anew at the end. */
export const snoozed = (
  alert: Alert,
  by: string,
  note: string | null,
  { now, until }: Record<'now' | 'until', Date>,
) =>
  alert.state === 'resolved'
    ? alert
    : { ...alert, ...round(alert, until), state: 'snoozed' as const, by, note, updatedAt: now };

/** After a reminder. */
export const reminded = (alert: Alert, { now, reminderMs }: Clock): Alert => ({
  ...alert,
  state: 'open',
  by: null,
  note: null,
  reminders: alert.reminders + 1,
  remindAt: new Date(now.getTime() + reminderMs),
  updatedAt: now,
});

export const resolved = (alert: Alert, now: Date): Alert =>
  alert.state === 'resolved' ? alert : { ...alert, state: 'resolved', resolvedAt: now, updatedAt: now };

export const hasFaded = ({ type, happenedAt }: Alert, now: Date): boolean =>
  type === 'job.alerted' && now.getTime() - happenedAt.getTime() >= fadesAfterMs;

/** Why nobody is to be disturbed by it; null when they are. */
export function quietBecause({ state, by, remindAt }: Alert, now: Date): string | null {
  if (state === 'resolved') return 'it was over before it was heard of';
  if (state === 'acknowledged') return `${by} has acknowledged the alert`;
  return state === 'snoozed' && remindAt > now ? `${by} has snoozed the alert until ${remindAt.toISOString()}` : null;
}

function opened(alert: Alert | undefined, fact: AlertFact, clock: Clock): Alert {
  const { key, type, level, title, body, link, incident, eventId, at } = fact;
  const begun = {
    incident,
    occurrences: 1,
    eventIds: [eventId],
    happenedAt: at,
    openedAt: clock.now,
    resolvedAt: null,
  };
  const former = { _id: alertId(key), round: alert?.round ?? 0, createdAt: alert?.createdAt ?? clock.now };
  return watched({ ...former, type, level, title, body, link, ...begun }, clock);
}

type Unwatched = Omit<Alert, 'state' | 'by' | 'note' | 'reminders' | 'remindAt' | 'updatedAt'>;

const watched = (alert: Unwatched, { now, reminderMs }: Clock): Alert => ({
  ...alert,
  ...round(alert, new Date(now.getTime() + reminderMs)),
  state: 'open',
  by: null,
  note: null,
  updatedAt: now,
});

const round = (alert: { round: number }, remindAt: Date) => ({ round: alert.round + 1, reminders: 0, remindAt });
