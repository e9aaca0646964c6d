import { abandonBatch, batchCompleted, batchFailed, generateBatch } from '@millrace/contracts/mesh';
import { concurrency, defineJob, discard, done, exponential, fail, on, snooze } from '@millrace/jobs';
import { type Batch, type BatchItem, batchFacts, endOf, inState, isSettled } from '../domain/batch.ts';
import { isEnded } from '../domain/mesh.ts';
import type { Batches } from '../store/batches.ts';
import type { MeshRuns } from '../store/mesh-runs.ts';
import type { CommandWith, Meshes } from '../store/meshes.ts';
import { type SettleDeps, settleBatch } from './settle-batch.ts';

export type GenerateBatchDeps = SettleDeps & {
  readonly batches: Pick<Batches, 'find' | 'settle' | 'start' | 'finish'>;
  readonly meshes: Pick<Meshes, 'findAll' | 'create'>;
  readonly runs: Pick<MeshRuns, 'reopen'>;
  readonly command: CommandWith;
  /** Keeps the pictures from being deleted for as long as it takes. Never throws. */
  keepPictures(batch: Batch): Promise<void>;
  /** Lets go of them. Never throws. */
  releasePictures(batch: Batch): Promise<void>;
  /** So many of its pictures are being made at once. */
  readonly picturesAtOnce: number;
  /** Between two looks at its meshes; ends of meshes call it sooner. */
  readonly watchMs: number;
};

/** So many batches run at once, over all replicas, each from its first look to its end. */
const BATCHES_AT_ONCE = 2;

/**
 * Has the pictures of a batch made into meshes, some at a time, without keeping a worker: each look takes down which meshes have ended,
 * commands the next ones and lies down until another has ended. Where a run dies, the next look goes on by what is written.
 */
export const generateBatchJob = (deps: GenerateBatchDeps) =>
  defineJob(generateBatch, {
    limits: [concurrency({ key: () => 'mesh.batch', max: BATCHES_AT_ONCE, hold: 'job', name: 'batches' })],
    retry: [on(Error, exponential({ baseMs: 1_000 }))],

    async run({ payload: { batchId }, jobId, rootId, signal, progress }) {
      const batch = await deps.batches.find(batchId);
      if (!batch) return fail({ code: 'batch-missing', message: `batch ${batchId} does not exist` });
      if (batch.jobId !== jobId) return discard(`batch ${batchId} is made by job ${batch.jobId} now`);
      if (batch.endedBy !== null)
        return batch.endedBy === rootId ? done(tellEnd(batch)) : discard(`batch ${batchId} is ${batch.status} already`);

      await deps.keepPictures(batch);
      const going = await startMore(deps, await settleBatch(deps, batch), signal);
      progress((going.total - inState(going, 'waiting').length - inState(going, 'running').length) / going.total);
      const ended = isSettled(going) && (await finish(deps, going, rootId));
      return ended ? done(tellEnd(ended)) : snooze(deps.watchMs);
    },

    onEnd({ jobId, payload: { batchId } }, { state, ...end }) {
      if (state !== 'cancelled' && state !== 'failed') return {};
      const why = 'failure' in end ? { state: 'failed' as const, error: end.failure } : { state: 'cancelled' as const };
      return { jobs: [{ name: abandonBatch.name, payload: { batchId, jobId, end: why } }] };
    },
  });

/** What is told at the end of a batch, once for each end. */
export function tellEnd(batch: Batch) {
  const facts = batchFacts(batch);
  if (batch.status === 'failed') {
    const error = batch.error ?? { code: 'all-failed', message: `none of ${batch.total} pictures became a mesh` };
    return { events: [batchFailed({ ...facts, error })] };
  }
  const status = batch.status === 'processing' ? 'partial' : batch.status;
  const durationMs = Math.max(0, (batch.finishedAt ?? batch.updatedAt).getTime() - batch.createdAt.getTime());
  return { events: [batchCompleted({ ...facts, status, durationMs })] };
}

async function startMore(deps: GenerateBatchDeps, batch: Batch, signal: AbortSignal): Promise<Batch> {
  const free = Math.max(0, deps.picturesAtOnce - inState(batch, 'running').length);
  let present = batch;
  for (const item of inState(batch, 'waiting').slice(0, free)) {
    signal.throwIfAborted();
    await command(deps, present, item);
    present = (await deps.batches.start(present, item, new Date())) ?? present;
  }
  return present;
}

/** The mesh has a derived id, so commanding it twice is commanding it once; one that has failed in a round before is asked for anew. */
async function command({ meshes, runs, command }: GenerateBatchDeps, batch: Batch, item: BatchItem): Promise<void> {
  const { projectId, ownerId, traceId, wish } = batch;
  const source = { kind: 'project', projectId, imageId: item.imageId } as const;
  const given = { _id: item.meshId, ownerId, batchId: batch._id, source, picture: item.picture, traceId, ...wish };
  const mesh = await meshes.create(given, command);
  if (isEnded(mesh) && mesh.generation < item.generation) await runs.reopen(mesh._id, command);
}

async function finish(deps: GenerateBatchDeps, batch: Batch, rootId: string): Promise<Batch | null> {
  const status = endOf(batch, batch.cancelRequestedAt !== null);
  const ended = await deps.batches.finish(batch, { status, endedBy: rootId, at: new Date() });
  if (ended) await deps.releasePictures(ended);
  return ended;
}
