import { pageOf, pageQuery, paging, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { type Alert, acknowledged, alertStates } from '../domain/alert.ts';
import type { Alerts } from '../store/alerts.ts';
import type { AlertWatch } from '../store/watch-alerts.ts';
import { link } from './link.ts';

type Parts = { readonly alerts: Alerts; readonly watch: AlertWatch; readonly now: () => Date };

/** What is wrong with the cluster, and who looks after it. */
export const alertRoutes = (parts: Parts): Route[] => [list(parts), show(parts), acknowledge(parts), snooze(parts)];

const time = z.iso.datetime();

const alertResource = z
  .object({
    id: z.uuid(),
    type: z.string(),
    level: z.enum(['info', 'failure', 'critical']),
    title: z.string(),
    body: z.string(),
    link,
    state: z.enum(alertStates),
    occurrences: z
      .int()
      .nonnegative()
      .meta({ description: 'How often it has happened since it was opened; 0 when only its end was heard.' }),
    eventIds: z.array(z.string()).meta({ description: 'The last twenty events that it is about.' }),
    happenedAt: time,
    reminders: z.int().nonnegative(),
    remindAt: time.nullable().meta({ description: 'When operators are reminded next; null when nobody is.' }),
    by: z.string().nullable().meta({ description: 'Who has acknowledged or snoozed it.' }),
    note: z.string().nullable(),
    openedAt: time,
    resolvedAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Alert', description: 'Something that is wrong with the cluster, for as long as it is.' });

const toAlertResource = (alert: Alert): z.input<typeof alertResource> => {
  const { type, level, title, body, state, occurrences, reminders, by, note } = alert;
  return {
    ...{ id: alert._id, type, level, title, body, state, occurrences, reminders, by, note },
    link: alert.link ?? null,
    eventIds: [...alert.eventIds],
    happenedAt: alert.happenedAt.toISOString(),
    remindAt: state === 'open' || state === 'snoozed' ? alert.remindAt.toISOString() : null,
    openedAt: alert.openedAt.toISOString(),
    resolvedAt: alert.resolvedAt?.toISOString() ?? null,
    createdAt: alert.createdAt.toISOString(),
    updatedAt: alert.updatedAt.toISOString(),
  };
};

const newest = paging('alerts', [
  ['openedAt', -1],
  ['_id', -1],
]);

const list = ({ alerts }: Parts) =>
  route({
    method: 'get',
    path: '/alerts',
    summary: 'Lists alerts of the cluster, the last opened first.',
    role: 'viewer',
    query: z.object({ state: z.enum(alertStates).optional(), ...pageQuery }),
    responses: { 200: pageOf(alertResource) },
    async handle({ query: { state, limit, cursor } }) {
      const found = await alerts.list(state ? { state } : {}, newest.after(cursor), limit + 1);
      return newest.page(found, limit, toAlertResource);
    },
  });

const params = z.object({ id: z.uuid() });
const note = z.string().max(500).optional();

const shown = (id: string, alert: Alert | null | undefined) => {
  if (!alert) throw problem('alert-not-found', { id });
  return toAlertResource(alert);
};

const show = ({ alerts }: Parts) =>
  route({
    method: 'get',
    path: '/alerts/:id',
    summary: 'Shows an alert.',
    role: 'viewer',
    params,
    responses: { 200: alertResource },
    problems: ['alert-not-found'],
    handle: async ({ params: { id } }) => shown(id, await alerts.find(id)),
  });

const acknowledge = ({ alerts, now }: Parts) =>
  route({
    method: 'post',
    path: '/alerts/:id/acknowledge',
    summary:
      'Takes an alert on: nobody is disturbed by it any more, until it is over and comes again, or grows critical.',
    role: 'operator',
    params,
    body: z.strictObject({ note }),
    responses: { 200: alertResource },
    problems: ['alert-not-found'],
    handle: async ({ user, params: { id }, body }) =>
      shown(id, await alerts.change(id, (known) => known && acknowledged(known, user.sub, body.note ?? null, now()))),
  });

const snooze = ({ watch }: Parts) =>
  route({
    method: 'post',
    path: '/alerts/:id/snooze',
    summary: 'Leaves everybody alone for a while, and then reminds of the alert.',
    role: 'operator',
    params,
    body: z.strictObject({ minutes: z.int().min(1).max(10_080), note }),
    responses: { 200: alertResource },
    problems: ['alert-not-found'],
    handle: async ({ user, params: { id }, body: { minutes, note: why } }) =>
      shown(id, await watch.snooze(id, user.sub, why ?? null, minutes * 60_000)),
  });
