import { problem, type User } from '@millrace/service';
import { z } from 'zod';
import type { Batches, StoredBatch } from '../store/batches.ts';

export const batchParams = z.object({ id: z.uuid() });

/** The batch, if this user may see it: members see their own. @throws Problem `batch-not-found` also for those of others. */
export async function visibleBatch(batches: Pick<Batches, 'find'>, id: string, user: User): Promise<StoredBatch> {
  const batch = await batches.find(id);
  if (!batch || !(user.seesAll || batch.ownerId === user.sub)) throw problem('batch-not-found', { id });
  return batch;
}
