import { abandonBatch } from '@millrace/contracts/mesh';
import { defineJob, discard, done } from '@millrace/jobs';
import type { z } from 'zod';
import { type Batch, endOf, inState } from '../domain/batch.ts';
import type { Batches } from '../store/batches.ts';
import type { CancelMesh } from '../store/cancel-mesh.ts';
import { tellEnd } from './generate-batch.ts';
import { type SettleDeps, settleBatch, settleItem } from './settle-batch.ts';

export type AbandonBatchDeps = SettleDeps & {
  readonly batches: Pick<Batches, 'find' | 'settle' | 'finish'>;
  readonly cancelMesh: CancelMesh;
  releasePictures(batch: Batch): Promise<void>;
};

/** A batch changed while its end was written: look at it again. */
class BatchMoved extends Error {
  override readonly name = 'BatchMoved';
}

/** Ends a batch whose job was cancelled or has failed: what still runs is cancelled, what is made stays. */
export const abandonBatchJob = (deps: AbandonBatchDeps) =>
  defineJob(abandonBatch, {
    async run({ payload: { batchId, jobId, end }, rootId }) {
      const batch = await deps.batches.find(batchId);
      if (!batch) return discard(`batch ${batchId} does not exist`);
      if (batch.endedBy === rootId) return done(tellEnd(batch));
      if (batch.jobId !== jobId || batch.endedBy !== null) return discard(`batch ${batchId} is ${batch.status} now`);

      const ended = await finish(deps, await stop(deps, batch), end, rootId);
      await deps.releasePictures(ended);
      return done(tellEnd(ended));
    },
  });

type Reason = z.output<typeof abandonBatch.payload>['end'];

/** @throws BatchMoved. */
async function finish(deps: AbandonBatchDeps, batch: Batch, why: Reason, rootId: string): Promise<Batch> {
  const isCancelled = why.state === 'cancelled';
  const ended = await deps.batches.finish(batch, {
    status: isCancelled || batch.completed > 0 ? endOf(batch, isCancelled) : 'failed',
    endedBy: rootId,
    error: isCancelled ? null : why.error,
    at: new Date(),
  });
  if (!ended) throw new BatchMoved(`batch ${batch._id} has changed while it was ended`);
  return ended;
}

/** Meshes that end well in the very moment count as they ended. */
async function stop(deps: AbandonBatchDeps, batch: Batch): Promise<Batch> {
  for (const { meshId } of inState(batch, 'running')) await deps.cancelMesh(meshId);
  let present = await settleBatch(deps, batch);
  for (const state of ['running', 'waiting'] as const)
    for (const item of inState(present, state)) present = await settleItem(deps, present, item, 'cancelled', null);
  return present;
}
