import { jobContract } from '@millrace/contracts';
import { createJobs, defineJob, done, type Jobs } from '@millrace/jobs';
import mongoose from 'mongoose';
import { z } from 'zod';
import type { Lab } from './lab.ts';

export const noop = jobContract({
  name: 'bench.noop',
  queue: 'bench.default',
  summary: 'Does nothing, which is what the runtime around it is measured by.',
  payload: z.object({ index: z.int() }),
});

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A whole runtime (API and worker in one process) with one job that does nothing. */
export async function withNoopRuntime<T>(
  { amqpUrl, mongodbUri }: Lab,
  { inFlight, onRun }: { inFlight: number; onRun(index: number): void },
  measure: (jobs: Jobs) => Promise<T>,
): Promise<T> {
  const database = await mongoose.createConnection(`${mongodbUri}`, { dbName: `bench_${process.pid}` }).asPromise();
  const jobs = createJobs({
    service: `bench${process.pid}`,
    definitions: [
      defineJob(noop, {
        async run({ payload }) {
          onRun(payload.index);
          return done();
        },
      }),
    ],
    database,
    amqpUrl,
    announce: async () => undefined,
    concurrency: inFlight,
    log: silent,
  });
  await jobs.start();
  while (jobs.troubles().length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  try {
    return await measure(jobs);
  } finally {
    await jobs.stop();
    await database.dropDatabase();
    await database.close();
  }
}
