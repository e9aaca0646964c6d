import {
  accepted,
  invalidInput,
  noContent,
  pageOf,
  pageQuery,
  paging,
  problem,
  type Route,
  route,
} from '@millrace/service';
import { z } from 'zod';
import { textOf } from '../domain/catalogue.ts';
import { type Channel, channels } from '../domain/channel.ts';
import type { DeliveryDraft } from '../domain/delivery.ts';
import { ownLocale } from '../domain/locale.ts';
import { contentOf } from '../domain/message.ts';
import type { Deliveries } from '../store/deliveries.ts';
import type { Dispatch } from '../store/dispatch.ts';
import type { Suppression, Suppressions } from '../store/suppressions.ts';
import { deliveryResource, toDeliveryResource } from './delivery-resource.ts';
import { locale } from './locale-tag.ts';
import { toldRow } from './told-row.ts';

type Parts = { readonly deliveries: Deliveries; readonly dispatch: Dispatch; readonly suppressions: Suppressions };

/** Tries a channel, and says where nothing is sent any more. */
export const channelRoutes = (parts: Parts): Route[] => [test(parts), list(parts), remove(parts)];

const addressOf: Readonly<Record<Channel, z.ZodType<string>>> = {
  inbox: z.string().min(1).max(200),
  email: z.email().max(320),
  slack: z.url({ protocol: /^https?$/ }).max(2_048),
  webhook: z.url({ protocol: /^https?$/ }).max(2_048),
  push: z.url({ protocol: /^https$/ }).max(2_048),
};

const test = ({ deliveries, dispatch }: Parts) =>
  route({
    method: 'post',
    path: '/channels/:channel/test',
    summary: 'Sends a real message with all its headers; webhooks are signed with your own secret.',
    role: 'operator',
    params: z.object({ channel: z.enum(channels).exclude(['inbox']) }),
    body: z.strictObject({
      to: z.string(),
      template: z
        .string()
        .max(100)
        .optional()
        .meta({ description: 'The type of an event: its text is sent, with data as it may come.' }),
      locale: locale.optional(),
    }),
    responses: { 202: deliveryResource },
    async handle({ user, params: { channel }, body, commandId }) {
      const to = addressOf[channel].safeParse(body.to);
      if (!to.success) throw invalidInput([{ path: 'body.to', message: `is no address for ${channel}` }]);
      const said = { ...testMessage, ...(body.template !== undefined && sampleOf(body.template, body.locale)) };
      const draft: DeliveryDraft = { ...said, _id: commandId, channel, to: to.data, recipient: user.sub };
      await dispatch({ draft, gatherUntil: null });
      const delivery = await deliveries.find(commandId);
      if (!delivery) throw problem('delivery-not-found', { id: commandId });
      return accepted(`/deliveries/${commandId}`, toDeliveryResource(delivery));
    },
    problems: ['delivery-not-found', 'template-not-found'],
  });

function sampleOf(type: string, wish: string | undefined) {
  const row = toldRow(type);
  const { template, category } = row;
  const content = contentOf(textOf(row, template.sample, wish));
  return { category, type, templateVersion: template.version, content };
}

const testMessage = {
  kind: 'test',
  topic: 'operations',
  category: 'operations',
  level: 'info',
  notificationId: null,
  eventIds: [],
  type: 'notification.test',
  templateVersion: null,
  happenedAt: null,
  content: contentOf({
    title: 'A test of Millrace',
    body: 'This channel works: the message has reached you.',
    link: '/notifications',
    locale: ownLocale,
  }),
  why: 'You get this because somebody tries this channel.',
  state: 'queued',
  digestId: null,
  notBefore: null,
  traceId: null,
} as const;

const newest = paging('suppressions', [
  ['createdAt', -1],
  ['_id', -1],
]);

const suppressionResource = z
  .object({
    id: z.string(),
    channel: z.enum(channels),
    address: z.string(),
    reason: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Suppression', description: 'An address to which nothing is sent any more.' });

const toSuppression = ({ _id, createdAt, updatedAt, ...shown }: Suppression) => ({
  ...shown,
  id: _id,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});

const list = ({ suppressions }: Parts) =>
  route({
    method: 'get',
    path: '/suppressions',
    summary: 'Lists addresses to which nothing is sent any more, newest first.',
    role: 'viewer',
    query: z.object(pageQuery),
    responses: { 200: pageOf(suppressionResource) },
    async handle({ query: { limit, cursor } }) {
      return newest.page(await suppressions.list(newest.after(cursor), limit + 1), limit, toSuppression);
    },
  });

const remove = ({ suppressions }: Parts) =>
  route({
    method: 'delete',
    path: '/suppressions/:id',
    summary: 'Sends to an address again.',
    role: 'operator',
    params: z.object({ id: z.string().max(4_000) }),
    responses: { 204: { description: 'It is gone.' } },
    problems: ['suppression-not-found'],
    async handle({ params: { id } }) {
      if (!(await suppressions.remove(id))) throw problem('suppression-not-found', { id });
      return noContent();
    },
  });
