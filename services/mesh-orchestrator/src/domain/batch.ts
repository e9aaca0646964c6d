import type { meshError } from '@millrace/contracts/mesh';
import type { z } from 'zod';
import { batchJobOf, batchMeshOf } from './ids.ts';
import type { MeshWish } from './mesh.ts';

export const batchStatuses = ['processing', 'completed', 'partial', 'failed', 'cancelled'] as const;
export type BatchStatus = (typeof batchStatuses)[number];

export const itemStates = ['waiting', 'running', 'completed', 'failed', 'cancelled'] as const;
type ItemState = (typeof itemStates)[number];
/** How a picture's mesh has ended. */
export type ItemEnd = Exclude<ItemState, 'waiting' | 'running'>;

type BatchError = z.output<typeof meshError>;

/** One picture of a batch. */
export type BatchItem = {
  readonly imageId: string;
  /** The picture's name, for people. */
  readonly picture: string;
  readonly meshId: string;
  readonly state: ItemState;
  /** How often its mesh has to have been asked for: one more with each retry. */
  readonly generation: number;
  readonly error: BatchError | null;
};

export type Batch = {
  readonly _id: string;
  readonly projectId: string;
  readonly ownerId: string;
  readonly status: BatchStatus;
  readonly total: number;
  /** Moved only together with an item, by the same write. */
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly items: readonly BatchItem[];
  /** How all of its meshes are to be made. */
  readonly wish: Pick<MeshWish, 'requestedMode' | 'preset' | 'parameters' | 'warnings' | 'metadata' | 'mayReuse'>;
  /** Counts its runs: 1, and one more with each retry of what has failed. */
  readonly round: number;
  /** The `batch.generate` that works on it. */
  readonly jobId: string;
  /** The pictures are kept from being deleted until then. */
  readonly heldUntil: Date;
  readonly cancelRequestedAt: Date | null;
  /** The job that has ended it, by its root. */
  readonly endedBy: string | null;
  /** Why it could not go on; null for one that has gone to its end. */
  readonly error: BatchError | null;
  readonly traceId: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type BatchWish = Pick<Batch, '_id' | 'projectId' | 'ownerId' | 'wish' | 'heldUntil' | 'traceId'> & {
  readonly images: readonly { readonly id: string; readonly name: string }[];
};

export const newBatch = ({ images, ...wish }: BatchWish, at: Date): Batch => ({
  ...wish,
  status: 'processing',
  total: images.length,
  completed: 0,
  failed: 0,
  cancelled: 0,
  items: images.map(({ id, name }) => ({
    imageId: id,
    picture: name,
    meshId: batchMeshOf(wish._id, id),
    state: 'waiting',
    generation: 1,
    error: null,
  })),
  round: 1,
  jobId: batchJobOf(wish._id, 1),
  ...unended,
  startedAt: null,
  revision: 1,
  createdAt: at,
  updatedAt: at,
});

const unended = { cancelRequestedAt: null, endedBy: null, error: null, finishedAt: null } as const;

/** The batch with what has failed waiting once more. @param generationOf how often each mesh was asked for until now. */
export const retried = (batch: Batch, generationOf: ReadonlyMap<string, number>, at: Date): Batch => ({
  ...batch,
  ...unended,
  status: 'processing',
  failed: 0,
  items: batch.items.map((item) =>
    item.state === 'failed'
      ? { ...item, state: 'waiting', error: null, generation: (generationOf.get(item.meshId) ?? 0) + 1 }
      : item,
  ),
  round: batch.round + 1,
  jobId: batchJobOf(batch._id, batch.round + 1),
  revision: batch.revision + 1,
  updatedAt: at,
});

type Counts = Pick<Batch, 'total' | 'completed' | 'failed' | 'cancelled'>;

/** How a batch ends by what has become of its pictures. @param isCancelled whether somebody did not want it any more. */
export function endOf({ total, completed, failed }: Counts, isCancelled: boolean): Exclude<BatchStatus, 'processing'> {
  if (completed === total) return 'completed';
  if (isCancelled) return 'cancelled';
  if (completed > 0) return 'partial';
  return failed > 0 ? 'failed' : 'cancelled';
}

const settledOf = ({ completed, failed, cancelled }: Counts): number => completed + failed + cancelled;

export const isSettled = (batch: Counts): boolean => settledOf(batch) === batch.total;

/** 0 to 100: the share of pictures that are through, whatever came of them. */
export const progressOf = (batch: Counts): number => Math.round((settledOf(batch) / batch.total) * 100);

export const hasEnded = ({ status }: Pick<Batch, 'status'>): boolean => status !== 'processing';

export const inState = ({ items }: Pick<Batch, 'items'>, state: ItemState): BatchItem[] =>
  items.filter((item) => item.state === state);

/** Whether a batch is about these pictures and no others, in any order. */
export function isOf({ items }: Pick<Batch, 'items'>, imageIds: readonly string[]): boolean {
  const wanted = new Set(imageIds);
  return wanted.size === items.length && items.every(({ imageId }) => wanted.has(imageId));
}

/** What events tell of every batch. */
export const batchFacts = (batch: Batch) => ({
  batchId: batch._id,
  projectId: batch.projectId,
  ownerId: batch.ownerId,
  total: batch.total,
  completed: batch.completed,
  failed: batch.failed,
  cancelled: batch.cancelled,
});

/** Pictures are kept for so long at a time, and renewed while the batch runs. */
export const HOLD_SECONDS = 7_200;

/** By this name a batch keeps its pictures. */
export const holderOf = (batchId: string): string => `batch:${batchId}`;
