import { deliverWebhook } from '@millrace/contracts/mesh';
import type { Jobs } from '@millrace/jobs';
import { newSecret } from '@millrace/outside/signing';
import {
  accepted,
  created,
  noContent,
  pageOf,
  pageQuery,
  paging,
  problem,
  type Route,
  route,
  type User,
} from '@millrace/service';
import { z } from 'zod';
import { newWebhook, type Webhook, webhookEvents } from '../domain/webhook.ts';
import type { Webhooks } from '../store/webhooks.ts';
import {
  deliveryResource,
  toDeliveryResource,
  toWebhookResource,
  toWebhookWithSecret,
  webhookResource,
  webhookWish,
  webhookWithSecret,
} from './webhook-resource.ts';

type Deps = {
  readonly webhooks: Webhooks;
  readonly projects: {
    /** Whether a person may see a project now. @throws Problem when that cannot be found out. */
    isOpenTo(projectId: string, sub: string): Promise<boolean>;
  };
  readonly jobs: Pick<Jobs, 'enqueue'>;
};

export const webhookRoutes = (deps: Deps): readonly Route[] => [
  createRoute(deps),
  listRoute(deps),
  deleteRoute(deps),
  rotateRoute(deps),
  enableRoute(deps),
  deliveriesRoute(deps),
  redeliverRoute(deps),
];

const params = z.object({ id: z.uuid() });

async function visible(webhooks: Webhooks, id: string, user: User): Promise<Webhook> {
  const webhook = await webhooks.find(id);
  if (!webhook || !(user.seesAll || webhook.ownerId === user.sub)) throw problem('webhook-not-found', { id });
  return webhook;
}

const createRoute = ({ webhooks, projects }: Deps) =>
  route({
    method: 'post',
    path: '/webhooks',
    summary:
      'Has events of one’s own meshes and batches, or of a project’s, sent to an address, signed by Standard Webhooks.',
    role: 'member',
    body: z.strictObject({
      ...webhookWish(webhookEvents),
      projectId: z
        .uuid()
        .optional()
        .meta({ description: 'Of everything of this project, whoever made it. Default: of everything of one’s own.' }),
    }),
    responses: { 201: webhookWithSecret },
    problems: ['project-not-found', 'dependency-unavailable'],
    async handle({ body: { url, events, projectId = null }, user, commandId }) {
      if (projectId !== null && !(await projects.isOpenTo(projectId, user.sub)))
        throw problem('project-not-found', { id: projectId });
      await webhooks.add(
        newWebhook({ _id: commandId, ownerId: user.sub, projectId, taskId: null, url, events, secret: newSecret() }),
      );
      // By the one that is stored: a request that comes again must not show another secret.
      return created('/webhooks', toWebhookWithSecret(await visible(webhooks, commandId, user)));
    },
  });

const newest = paging('webhooks', [
  ['createdAt', -1],
  ['_id', -1],
]);

const listRoute = ({ webhooks }: Deps) =>
  route({
    method: 'get',
    path: '/webhooks',
    summary: 'Lists webhooks, newest first; members see their own.',
    role: 'any',
    query: z.strictObject({
      ...pageQuery,
      taskId: z
        .uuid()
        .optional()
        .meta({ description: 'Those that came with this mesh or batch. Default: those that came with none.' }),
    }),
    responses: { 200: pageOf(webhookResource) },
    async handle({ query: { limit, cursor, taskId = null }, user }) {
      const page = { after: newest.after(cursor), limit: limit + 1 };
      const rows = await webhooks.list({ ownerId: user.seesAll ? undefined : user.sub, taskId }, page);
      return newest.page(rows, limit, toWebhookResource);
    },
  });

const deleteRoute = ({ webhooks }: Deps) =>
  route({
    method: 'delete',
    path: '/webhooks/:id',
    summary: 'Deletes a webhook with its log; what waits is not sent any more.',
    role: 'member',
    params,
    responses: { 204: { description: 'It is gone.' } },
    problems: ['webhook-not-found'],
    async handle({ params: { id }, user }) {
      await visible(webhooks, id, user);
      await webhooks.remove(id);
      return noContent();
    },
  });

const rotateRoute = ({ webhooks }: Deps) =>
  route({
    method: 'post',
    path: '/webhooks/:id/rotate',
    summary: 'Makes a new secret; for a day messages are signed by the old one, too.',
    role: 'member',
    params,
    responses: { 200: webhookWithSecret },
    problems: ['webhook-not-found'],
    async handle({ params: { id }, user }) {
      const webhook = await visible(webhooks, id, user);
      const secret = newSecret();
      const changed = (await webhooks.rotate(id, secret)) ?? webhook;
      return { ...toWebhookResource(changed), secret };
    },
  });

const enableRoute = ({ webhooks }: Deps) =>
  route({
    method: 'post',
    path: '/webhooks/:id/enable',
    summary: 'Takes up a webhook again that was disabled because its receiver failed.',
    role: 'member',
    params,
    responses: { 200: webhookResource },
    problems: ['webhook-not-found'],
    async handle({ params: { id }, user }) {
      const webhook = await visible(webhooks, id, user);
      return toWebhookResource((await webhooks.enable(id)) ?? webhook);
    },
  });

const newestDelivery = paging('webhook deliveries', [
  ['createdAt', -1],
  ['_id', -1],
]);

const deliveriesRoute = ({ webhooks }: Deps) =>
  route({
    method: 'get',
    path: '/webhooks/:id/deliveries',
    summary: 'Lists what was sent to a webhook, newest first, with each attempt and its answer.',
    role: 'any',
    params,
    query: z.strictObject(pageQuery),
    responses: { 200: pageOf(deliveryResource) },
    problems: ['webhook-not-found'],
    async handle({ params: { id }, query: { limit, cursor }, user }) {
      await visible(webhooks, id, user);
      const rows = await webhooks.listDeliveries(id, { after: newestDelivery.after(cursor), limit: limit + 1 });
      return newestDelivery.page(rows, limit, toDeliveryResource);
    },
  });

const redeliverRoute = ({ webhooks, jobs }: Deps) =>
  route({
    method: 'post',
    path: '/webhooks/:id/deliveries/:deliveryId/redeliver',
    summary: 'Sends the same message once more, under the same webhook-id.',
    role: 'member',
    params: z.object({ id: z.uuid(), deliveryId: z.uuid() }),
    responses: { 202: deliveryResource },
    problems: ['webhook-not-found'],
    async handle({ params: { id, deliveryId }, user, commandId }) {
      await visible(webhooks, id, user);
      const delivery = await webhooks.findDelivery(deliveryId);
      if (delivery?.webhookId !== id) throw problem('webhook-not-found', { id: deliveryId });
      const { job } = await jobs.enqueue(deliverWebhook, { deliveryId }, { id: commandId });
      return accepted(`/jobs/${job.id}`, toDeliveryResource(delivery));
    },
  });
