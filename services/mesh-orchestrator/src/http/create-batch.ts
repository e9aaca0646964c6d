import { accepted, problem, type Route, route } from '@millrace/service';
import { trace } from '@opentelemetry/api';
import { z } from 'zod';
import { type Batch, HOLD_SECONDS, holderOf, isOf } from '../domain/batch.ts';
import { batchMeshOf } from '../domain/ids.ts';
import type { Batches, CommandBatch } from '../store/batches.ts';
import { batchResource, toBatchResource } from './batch-resource.ts';
import { checkedMaking, companions, makingWish } from './mesh-wish.ts';
import type { Quota } from './quota.ts';

type Held = { readonly projectId: string; readonly imageIds: readonly string[]; readonly holder: string };

export type CreateBatchDeps = {
  readonly batches: Pick<Batches, 'begin' | 'find'>;
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

export const createBatchRoute = ({ batches, commandBatch, quota, projects }: CreateBatchDeps): Route =>
  route({
    method: 'post',
    path: '/batches',
    summary:
      'Has meshes made of pictures of a project. While it is at a batch, the same pictures answer with that one.',
    role: 'member',
    body: z.strictObject({
      projectId: z.uuid(),
      imageIds: z
        .array(z.uuid())
        .min(1)
        .max(picturesAtMost)
        .meta({ description: 'One that comes twice is made once.' }),
      ...makingWish,
      ...companions,
    }),
    responses: { 202: { description: 'Written down and queued, or running already.', body: batchResource } },
    problems: ['project-not-found', 'image-not-found', 'batch-in-progress', 'dependency-unavailable', 'quota-exceeded'],
    async handle({ body, user, commandId, header }) {
      const making = checkedMaking(body);
      // A command that comes again gets what it made, and keeps its pictures.
      const earlier = await batches.find(commandId);
      if (earlier) return accepted(`/batches/${earlier._id}`, toBatchResource(earlier));
      const { projectId } = body;
      const imageIds = [...new Set(body.imageIds)];
      const holder = holderOf(commandId);
      const heldUntil = new Date(Date.now() + HOLD_SECONDS * 1_000);
      const images = await projects.holdAll(
        { projectId, imageIds, holder, seconds: HOLD_SECONDS },
        header('authorization'),
      );
      const wish = { ...making, requestedMode: body.mode, metadata: body.metadata, mayReuse: body.reuse };
      const traceId = trace.getActiveSpan()?.spanContext().traceId ?? null;
      const letGo = () => projects.release({ projectId, holder });
      const meshIds = imageIds.map((imageId) => batchMeshOf(commandId, imageId));
      const leave = await quota.admit({ sub: user.sub, projectId }, meshIds).catch(async (refusal: unknown) => {
        await letGo();
        throw refusal;
      });
      const batch = await batches
        .begin({ _id: commandId, projectId, ownerId: user.sub, wish, heldUntil, traceId, images }, commandBatch)
        .finally(leave);
      if (batch._id !== commandId) await letGo();
      return accepted(`/batches/${batch._id}`, toBatchResource(requireSame(batch, imageIds)));
    },
  });

/** @throws Problem when the project is at a batch of other pictures. */
function requireSame(batch: Batch, imageIds: readonly string[]): Batch {
  if (isOf(batch, imageIds)) return batch;
  throw problem('batch-in-progress', { id: batch._id }, { members: { batchId: batch._id } });
}
