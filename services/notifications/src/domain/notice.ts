import { v5 as uuidv5 } from 'uuid';
import type { Action } from './action.ts';
import type { AlertFact } from './alert.ts';
import { catalogue, textOf } from './catalogue.ts';
import type { Category } from './category.ts';

/** An event as far as a notice needs it. */
export type Fact = { readonly id: string; readonly type: string; readonly data: unknown; readonly traceId?: string };

/** One event, told to one person. */
export type Notice = {
  readonly id: string;
  readonly recipient: string;
  readonly category: Category;
  readonly title: string;
  readonly body: string;
  /** The page of the console that shows what it is about, as its path; null for what has none. */
  readonly link: string | null;
  /** The language of both, as a tag (BCP 47). */
  readonly locale: string;
  /** What can be done about it on that page. Absent in entries of former releases. */
  readonly actions?: readonly Action[];
  readonly eventId: string;
  readonly traceId: string | null;
};

/** Never to be changed: it would tell everybody everything again. */
const noticeNamespace = '5b0a4a36-5f0e-5d2c-9c39-5e1d5f3a7b10';

/**
 * The notices of an event: one for each person, always with the same ids. Empty when nobody asked.
 * @param operators who is told how the cluster fares; default nobody.
 * @throws Error when the catalogue has no row for the event.
 */
export function noticesOf(
  { id: eventId, type, data, traceId = undefined }: Fact,
  operators: readonly string[] = [],
): Notice[] {
  const rule = catalogue.get(type);
  if (!rule) throw new Error(`event ${type} has no row in domain/catalogue.ts; add one with its template`);
  const recipients = new Set(rule.recipients(data, operators).filter((recipient) => recipient !== null));
  return [...recipients].map((recipient) => ({
    id: uuidv5(`${eventId}:${recipient}`, noticeNamespace),
    recipient,
    category: rule.category,
    ...textOf(rule, data),
    eventId,
    traceId: traceId ?? null,
  }));
}

/** The same notice in the words nearest to a language. */
export function translated(notice: Notice, { type, data }: Pick<Fact, 'type' | 'data'>, wish: string): Notice {
  const row = catalogue.get(type);
  return row ? { ...notice, ...textOf(row, data, wish) } : notice;
}

/** What an event says of the cluster's state; undefined when it says nothing of it. */
export function alertFactOf({ id: eventId, type, data, at }: Fact & { readonly at: Date }): AlertFact | undefined {
  const rule = catalogue.get(type);
  const alert = rule?.alert?.(data);
  if (!rule || !alert) return undefined;
  const { key, isOver = false, incident = null } = alert;
  const { title, body, link } = textOf(rule, data);
  return { key, isOver, incident, type, level: rule.level ?? 'info', title, body, link, eventId, at };
}
