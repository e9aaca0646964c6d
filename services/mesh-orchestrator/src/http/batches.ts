import {
  accepted,
  eventStream,
  type Following,
  ok,
  pageOf,
  pageQuery,
  paging,
  problem,
  type RevisionFeed,
  type Route,
  route,
  type StreamEvent,
} from '@millrace/service';
import { z } from 'zod';
import { type Batch, batchStatuses, HOLD_SECONDS, hasEnded, holderOf } from '../domain/batch.ts';
import type { Batches } from '../store/batches.ts';
import { type ArchiveDeps, archiveRoute } from './batch-archive.ts';
import { type BatchResource, batchResource, toBatchResource, toBatchSummary } from './batch-resource.ts';
import { type CreateBatchDeps, createBatchRoute } from './create-batch.ts';
import { batchParams, visibleBatch } from './visible-batch.ts';

type BatchRouteDeps = CreateBatchDeps &
  ArchiveDeps & {
    readonly batches: Batches;
    readonly feed: RevisionFeed<Batch>;
    /** Has a batch's `batch.generate` end as cancelled, wherever it is. */
    cancelJob(jobId: string): Promise<void>;
  };

export const batchRoutes = (deps: BatchRouteDeps): readonly Route[] => [
  createBatchRoute(deps),
  listRoute(deps),
  showRoute(deps),
  eventsRoute(deps),
  cancelRoute(deps),
  retryRoute(deps),
  archiveRoute(deps),
];

const newest = paging('batches', [
  ['createdAt', -1],
  ['_id', -1],
]);

const listRoute = ({ batches }: BatchRouteDeps) =>
  route({
    method: 'get',
    path: '/batches',
    summary: 'Lists batches, newest first; members see their own.',
    role: 'any',
    query: z.strictObject({ ...pageQuery, status: z.enum(batchStatuses).optional(), projectId: z.uuid().optional() }),
    responses: { 200: pageOf(batchResource) },
    async handle({ query: { limit, cursor, status, projectId }, user }) {
      const ownerId = user.seesAll ? undefined : user.sub;
      const rows = await batches.list({ ownerId, status, projectId, after: newest.after(cursor), limit: limit + 1 });
      return newest.page(rows, limit, toBatchSummary);
    },
  });

const showRoute = ({ batches }: BatchRouteDeps) =>
  route({
    method: 'get',
    path: '/batches/:id',
    summary: 'Shows a batch with what has become of each picture.',
    role: 'any',
    params: batchParams,
    responses: { 200: batchResource },
    problems: ['batch-not-found'],
    async handle({ params, user }) {
      const batch = await visibleBatch(batches, params.id, user);
      return ok(toBatchResource(batch), batch);
    },
  });

const eventsRoute = ({ batches, feed }: BatchRouteDeps) =>
  route({
    method: 'get',
    path: '/batches/:id/events',
    summary: 'Streams a batch until it has ended: as it is now, then each change.',
    role: 'any',
    params: batchParams,
    responses: {
      200: {
        description: 'Server-sent events named `batch`, their ids its revisions.',
        mediaType: 'text/event-stream',
      },
    },
    problems: ['batch-not-found'],
    async handle({ params: { id }, user }) {
      await visibleBatch(batches, id, user);
      let following: Following | undefined;
      return eventStream({
        follow(push) {
          following = feed.follow(id, (batch) => push(eventOf(batch)));
          return following.stop;
        },
        async snapshot() {
          const batch = await visibleBatch(batches, id, user);
          following?.startAt(batch.revision);
          return [eventOf(batch)];
        },
        isLast: ({ data }) => hasEnded(data as BatchResource),
      });
    },
  });

const eventOf = (batch: Batch): StreamEvent => ({
  id: `${batch.revision}`,
  event: 'batch',
  data: toBatchResource(batch),
});

const cancelRoute = ({ batches, cancelJob }: BatchRouteDeps) =>
  route({
    method: 'post',
    path: '/batches/:id/cancel',
    summary: 'Cancels what of a batch has not ended; meshes that are made stay.',
    role: 'member',
    params: batchParams,
    responses: { 202: { description: 'Its job is told.', body: batchResource } },
    problems: ['batch-not-found', 'batch-state-conflict'],
    async handle({ params: { id }, user }) {
      const before = await visibleBatch(batches, id, user);
      const batch = (await batches.requestCancel(before, new Date())) ?? (await visibleBatch(batches, id, user));
      if (hasEnded(batch) && batch.status !== 'cancelled')
        throw problem('batch-state-conflict', {
          reason: `the batch is ${batch.status}, so there is nothing to cancel`,
        });
      await cancelJob(batch.jobId);
      return accepted(`/batches/${id}`, toBatchResource(batch));
    },
  });

const retryRoute = ({ batches, commandBatch, projects }: BatchRouteDeps) =>
  route({
    method: 'post',
    path: '/batches/:id/retry-failed',
    summary: 'Has the failed pictures of an ended batch made once more, and no others; one that runs is left to that.',
    role: 'member',
    params: batchParams,
    responses: { 202: { description: 'It runs.', body: batchResource } },
    problems: ['batch-not-found', 'batch-state-conflict', 'batch-in-progress'],
    async handle({ params: { id }, user, header }) {
      const before = await visibleBatch(batches, id, user);
      const batch = await batches.reopen(id, commandBatch);
      if (!batch) throw problem('batch-state-conflict', { reason: 'no picture of the batch has failed' });
      if (batch._id !== id) throw problem('batch-in-progress', { id: batch._id }, { members: { batchId: batch._id } });
      const imageIds = before.items.filter(({ state }) => state === 'failed').map(({ imageId }) => imageId);
      const held = { projectId: batch.projectId, imageIds, holder: holderOf(id), seconds: HOLD_SECONDS };
      // One that was deleted meanwhile fails by itself and keeps none of the others from being made.
      if (imageIds.length > 0) await projects.holdAll(held, header('authorization')).catch(() => undefined);
      return accepted(`/batches/${id}`, toBatchResource(batch));
    },
  });
