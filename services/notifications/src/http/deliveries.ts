import { deliverNotification } from '@millrace/contracts/notifications';
import { derivedId, type Jobs } from '@millrace/jobs';
import { accepted, pageOf, pageQuery, paging, problem, type Route, route, type User } from '@millrace/service';
import { z } from 'zod';
import { categories } from '../domain/category.ts';
import { channels } from '../domain/channel.ts';
import { type Delivery, deliveryKinds, deliveryStates, hasEnded } from '../domain/delivery.ts';
import type { Deliveries } from '../store/deliveries.ts';
import { deliveryResource, toDeliveryResource } from './delivery-resource.ts';

type Parts = { readonly deliveries: Deliveries; readonly jobs: Pick<Jobs, 'enqueue'> };

/** The log of what was sent; members see what was meant for them. */
export const deliveryRoutes = (parts: Parts): Route[] => [list(parts), show(parts), resend(parts)];

const newest = paging('deliveries', [
  ['createdAt', -1],
  ['_id', -1],
]);

const list = ({ deliveries }: Parts) =>
  route({
    method: 'get',
    path: '/deliveries',
    summary: 'Lists deliveries, newest first: what was sent where, each attempt and its answer.',
    role: 'any',
    query: z.object({
      state: z.enum(deliveryStates).optional(),
      channel: z.enum(channels).optional(),
      category: z.enum(categories).optional(),
      kind: z.enum(deliveryKinds).optional(),
      recipient: z.string().max(200).optional(),
      eventId: z.string().max(200).optional(),
      ...pageQuery,
    }),
    responses: { 200: pageOf(deliveryResource) },
    async handle({ user, query: { limit, cursor, eventId, ...wished } }) {
      const own = user.seesAll ? {} : { recipient: user.sub };
      if (!user.seesAll && wished.recipient !== undefined && wished.recipient !== user.sub) {
        return newest.page([], limit, toDeliveryResource);
      }
      const filter = Object.fromEntries(
        Object.entries({ ...wished, ...own }).filter(([, value]) => value !== undefined),
      );
      const found = await deliveries.list({ filter, eventId, after: newest.after(cursor), limit: limit + 1 });
      return newest.page(found, limit, toDeliveryResource);
    },
  });

const params = z.object({ id: z.uuid() });

async function visible({ deliveries }: Parts, id: string, user: User): Promise<Delivery> {
  const delivery = await deliveries.find(id);
  if (!delivery || !(user.seesAll || delivery.recipient === user.sub)) throw problem('delivery-not-found', { id });
  return delivery;
}

const show = (parts: Parts) =>
  route({
    method: 'get',
    path: '/deliveries/:id',
    summary: 'Shows a delivery with its timeline.',
    role: 'any',
    params,
    responses: { 200: deliveryResource },
    problems: ['delivery-not-found'],
    handle: async ({ user, params: { id } }) => toDeliveryResource(await visible(parts, id, user)),
  });

const resend = (parts: Parts) =>
  route({
    method: 'post',
    path: '/deliveries/:id/resend',
    summary: 'Sends the same message once more, under the same message id; one that is under way is left alone.',
    role: 'member',
    params,
    responses: { 202: deliveryResource },
    problems: ['delivery-not-found'],
    async handle({ user, params: { id } }) {
      const delivery = await visible(parts, id, user);
      const shown = toDeliveryResource(delivery);
      if (!hasEnded(delivery.state) || delivery.channel === 'inbox') return accepted(`/deliveries/${id}`, shown);
      const generation = delivery.generation + 1;
      // By the generation, so that two who ask at once have it sent once.
      const jobId = derivedId(`resend:${id}:${generation}`);
      await parts.jobs.enqueue(deliverNotification, { deliveryId: id, generation }, { id: jobId });
      return accepted(`/deliveries/${id}`, shown);
    },
  });
