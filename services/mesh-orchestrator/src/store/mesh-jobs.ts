import { generateMesh } from '@millrace/contracts/mesh';
import type { Jobs, JobView } from '@millrace/jobs';
import { forUser } from '@millrace/service';
import type { CommandWith } from './meshes.ts';

/** What is done to the jobs of meshes from outside of them. @param jobs the runtime, once it is there. */
export function meshJobsOf(jobs: Promise<Pick<Jobs, 'enqueue' | 'find' | 'runNow' | 'cancel' | 'troubles'>>) {
  return {
    /** Commands what makes a mesh, in the transaction that writes the mesh. */
    command: (async ({ _id: meshId, jobId, ownerId, batchId }, session) =>
      (await jobs).enqueue(
        generateMesh,
        { meshId },
        { ...forUser({ sub: ownerId }), id: jobId, session, ...(batchId !== null && { lane: 'lo' as const }) },
      )) satisfies CommandWith,

    /** Makes a waiting job due now; one that runs or has ended has no need of it. */
    wake: async (id: string): Promise<void> => void (await quietly((await jobs).runNow(id))),

    /** Ends it as cancelled, now or when it hears of it. */
    cancel: async (id: string): Promise<void> => void (await quietly((await jobs).cancel(id))),

    isUnfinished: async (id: string): Promise<boolean> => {
      const job = await quietly((await jobs).find(id));
      return job?.endedAt === null;
    },

    /** What keeps jobs from being done, in words. */
    troubles: async (): Promise<readonly string[]> => (await jobs).troubles(),
  };
}

const harmless: readonly unknown[] = ['job-not-found', 'job-state-conflict'];

async function quietly(call: Promise<JobView>): Promise<JobView | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && 'code' in error && harmless.includes(error.code)) return undefined;
    throw error;
  }
}
