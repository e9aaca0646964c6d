import { generateBatch } from '@millrace/contracts/mesh';
import type { Jobs } from '@millrace/jobs';
import { forUser } from '@millrace/service';
import type { CommandBatch } from './batches.ts';

/** Commands what makes a batch, in the transaction that writes the batch. @param jobs the runtime, once it is there. */
export const batchCommander =
  (jobs: Promise<Pick<Jobs, 'enqueue'>>): CommandBatch =>
  async ({ _id: batchId, jobId, ownerId }, session) =>
    (await jobs).enqueue(generateBatch, { batchId }, { ...forUser({ sub: ownerId }), id: jobId, session });
