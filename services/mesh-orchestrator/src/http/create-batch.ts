import { accepted, problem, type Route, route } from '@millrace/service';
import { trace } from '@opentelemetry/api';
import { z } from 'zod';
import { type Batch, HOLD_SECONDS, holderOf, isOf } from '../domain/batch.ts';
import { batchMeshOf } from '../domain/ids.ts';
import { batchEvents } from '../domain/webhook.ts';
import type { Batches, CommandBatch } from '../store/batches.ts';
import { type Webhooks, writingWebhook } from '../store/webhooks.ts';
import { batchResource, toBatchResource } from './batch-resource.ts';
import { type Asking, checkedMaking, companions, makingWish } from './mesh-wish.ts';
import type { Quota } from './quota.ts';
import { newTaskWebhook, shownTaskWebhook, taskWebhook } from './task-webhook.ts';

type Held = { readonly projectId: string; readonly imageIds: readonly string[]; readonly holder: string };

export type CreateBatchDeps = {
  readonly batches: Pick<Batches, 'begin' | 'find'>;
  readonly webhooks: Pick<Webhooks, 'add' | 'find'>;
  readonly commandBatch: CommandBatch;
  readonly quota: Pick<Quota, 'admit'>;
  readonly projects: {
    /** Keeps pictures from being deleted for a time, if this person may use them. @throws Problem. */
    holdAll(
      pictures: Held & { readonly seconds: number },
      authorization: string | undefined,
    ): Promise<readonly { readonly id: string; readonly name: string }[]>;
    /** Lets go of them. Never throws. */
    release(pictures: Pick<Held, 'projectId' | 'holder'>): Promise<void>;
  };
};

const picturesAtMost = 500;

const batchWish = z.strictObject({
  projectId: z.uuid(),
  imageIds: z.array(z.uuid()).min(1).max(picturesAtMost).meta({ description: 'One that comes twice is made once.' }),
  ...makingWish,
  ...companions,
  webhook: taskWebhook(batchEvents),
});

type BatchWish = z.output<typeof batchWish>;

export const createBatchRoute = (deps: CreateBatchDeps): Route =>
  route({
    method: 'post',
    path: '/batches',
    summary:
      'Has meshes made of pictures of a project. While it is at a batch, the same pictures answer with that one.',
    role: 'member',
    body: batchWish,
    responses: {
      202: {
        description: 'Written down and queued, or running already.',
        body: batchResource,
      },
    },
    problems: ['project-not-found', 'image-not-found', 'batch-in-progress', 'dependency-unavailable', 'quota-exceeded'],
    async handle({ body, user, commandId, header }) {
      const batch = await createBatch(deps, body, { user, commandId, authorization: header('authorization') });
      return accepted(`/batches/${batch._id}`, {
        ...toBatchResource(batch),
        ...(await shownTaskWebhook(deps.webhooks, body, commandId)),
      });
    },
  });

/** A command that comes again gets what it made, and keeps its pictures. */
async function createBatch(deps: CreateBatchDeps, wish: BatchWish, asking: Asking): Promise<Batch> {
  const making = checkedMaking(wish);
  const { batches, webhooks, commandBatch, projects } = deps;
  const { commandId, authorization, user } = asking;
  const earlier = await batches.find(commandId);
  if (earlier) return earlier;
  const { projectId } = wish;
  const imageIds = [...new Set(wish.imageIds)];
  const held = { projectId, imageIds, holder: holderOf(commandId) };
  const heldUntil = new Date(Date.now() + HOLD_SECONDS * 1_000);
  const images = await projects.holdAll({ ...held, seconds: HOLD_SECONDS }, authorization);
  const leave = await admitted(deps, held, asking);
  const webhookOf = ({ _id: taskId }: Pick<Batch, '_id'>) =>
    wish.webhook && newTaskWebhook(commandId, wish.webhook, { taskId, projectId, ownerId: user.sub });
  const batch = await batches
    .begin(
      {
        ...{ _id: commandId, projectId, ownerId: user.sub, heldUntil, images },
        wish: { ...making, requestedMode: wish.mode, metadata: wish.metadata, mayReuse: wish.reuse },
        traceId: trace.getActiveSpan()?.spanContext().traceId ?? null,
      },
      writingWebhook(webhooks, webhookOf, commandBatch),
    )
    .finally(leave);
  if (batch._id === commandId) return batch;
  await projects.release(held);
  const webhook = webhookOf(requireSame(batch, imageIds));
  if (webhook) await webhooks.add(webhook);
  return batch;
}

/** Pictures of which no batch is going to be made are let go of. @throws Problem `quota-exceeded`. */
function admitted({ quota, projects }: CreateBatchDeps, held: Held, { user, commandId }: Asking) {
  const { projectId, imageIds } = held;
  const meshIds = imageIds.map((imageId) => batchMeshOf(commandId, imageId));
  return quota.admit({ sub: user.sub, projectId }, meshIds).catch(async (refusal: unknown) => {
    await projects.release(held);
    throw refusal;
  });
}

/** @throws Problem when the project is at a batch of other pictures. */
function requireSame(batch: Batch, imageIds: readonly string[]): Batch {
  if (isOf(batch, imageIds)) return batch;
  throw problem('batch-in-progress', { id: batch._id }, { members: { batchId: batch._id } });
}
