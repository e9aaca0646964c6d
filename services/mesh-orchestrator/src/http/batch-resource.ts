import { meshError, meshModes } from '@millrace/contracts/mesh';
import { z } from 'zod';
import { type Batch, batchStatuses, hasEnded, itemStates, progressOf } from '../domain/batch.ts';
import { taskWebhookField } from './webhook-resource.ts';

const time = z.iso.datetime();

const itemResource = z.object({
  imageId: z.uuid(),
  picture: z.string(),
  meshId: z.uuid().meta({ description: 'See GET /meshes/:id, once it is running.' }),
  state: z.enum(itemStates),
  error: meshError.nullable(),
});

export const batchResource = z
  .object({
    id: z.uuid(),
    projectId: z.uuid(),
    ownerId: z.string(),
    status: z.enum(batchStatuses).meta({ description: 'partial: some pictures became meshes, others failed.' }),
    total: z.int(),
    completed: z.int(),
    failed: z.int(),
    cancelled: z.int(),
    progress: z.int().meta({ description: '0 to 100: the share of pictures that are through, whatever came of them.' }),
    etaSeconds: z.number().nullable().meta({ description: 'By its pace so far; null while that says nothing.' }),
    items: z.array(itemResource).optional().meta({ description: 'Not in lists.' }),
    mode: z.enum(meshModes),
    preset: z.string().nullable(),
    parameters: z.record(z.string(), z.unknown()),
    metadata: z.record(z.string(), z.unknown()),
    round: z.int().meta({ description: '1, and one more for each retry of what has failed.' }),
    jobId: z.string(),
    error: meshError.nullable().meta({ description: 'Why it could not go on; null for one that has gone to its end.' }),
    archiveUrl: z.string().nullable().meta({ description: 'All files of its meshes; null while there are none.' }),
    eventsUrl: z.string(),
    traceId: z.string().nullable(),
    cancelRequestedAt: time.nullable(),
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    webhook: taskWebhookField,
    revision: z.int(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Batch', description: 'The batch.' });

export type BatchResource = z.input<typeof batchResource>;

const iso = (date: Date | null) => date?.toISOString() ?? null;

/** A batch as lists show it. */
export const toBatchSummary = (batch: Batch): BatchResource => ({
  id: batch._id,
  projectId: batch.projectId,
  ownerId: batch.ownerId,
  status: batch.status,
  total: batch.total,
  completed: batch.completed,
  failed: batch.failed,
  cancelled: batch.cancelled,
  progress: progressOf(batch),
  etaSeconds: etaOf(batch),
  mode: batch.wish.requestedMode,
  preset: batch.wish.preset,
  parameters: batch.wish.parameters as Record<string, unknown>,
  metadata: { ...batch.wish.metadata },
  round: batch.round,
  jobId: batch.jobId,
  error: batch.error,
  archiveUrl: batch.completed > 0 ? `/batches/${batch._id}/archive.zip` : null,
  eventsUrl: `/batches/${batch._id}/events`,
  traceId: batch.traceId,
  cancelRequestedAt: iso(batch.cancelRequestedAt),
  startedAt: iso(batch.startedAt),
  finishedAt: iso(batch.finishedAt),
  revision: batch.revision,
  createdAt: batch.createdAt.toISOString(),
  updatedAt: batch.updatedAt.toISOString(),
});

/** A batch as the outside sees it, with its pictures. */
export const toBatchResource = (batch: Batch): BatchResource => ({
  ...toBatchSummary(batch),
  items: batch.items.map(({ imageId, picture, meshId, state, error }) => ({ imageId, picture, meshId, state, error })),
});

function etaOf(batch: Batch): number | null {
  const through = batch.completed + batch.failed + batch.cancelled;
  if (hasEnded(batch) || through === 0 || !batch.startedAt) return null;
  const spentMs = batch.updatedAt.getTime() - batch.startedAt.getTime();
  return Math.round((spentMs * (batch.total - through)) / through / 100) / 10;
}
