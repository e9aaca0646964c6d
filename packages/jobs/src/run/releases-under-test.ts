import { setTimeout as delay } from 'node:timers/promises';
import mongoose from 'mongoose';
import { z } from 'zod';
import { type Contract, defineJob, type JobDefinition } from '../define/define-job.ts';
import { done } from '../define/outcome.ts';
import { createJobs } from '../runtime/jobs.ts';
import { shortTiming, TEST_PREFIX } from '../under-test/test-job.ts';
import type { WorkerWish } from '../under-test/worker-under-test.ts';

export type Release = 'old' | 'new';

const inEuros = z.object({ euros: z.number().nonnegative().max(1e6).multipleOf(0.01) });
const inCents = z.object({ cents: z.int().nonnegative(), currency: z.enum(['EUR', 'USD']) });

const promise = { queue: 'orders.main', summary: 'for tests', maxAttempts: 1, timeoutMs: 60_000, lane: 'std' } as const;

const oldPrice: Contract<typeof inEuros> = {
  ...promise,
  name: 'order.price',
  version: 1,
  versions: { 1: inEuros },
  upcasts: {},
  payload: inEuros,
};

/** Version 2 of `order.price`; `order.refund` is new altogether. */
export const newPrice: Contract<typeof inCents> = {
  ...promise,
  name: 'order.price',
  version: 2,
  versions: { 1: inEuros, 2: inCents },
  upcasts: { 1: ({ euros }: z.output<typeof inEuros>) => ({ cents: Math.round(euros * 100), currency: 'EUR' }) },
  payload: inCents,
};
const refund: Contract<typeof inCents> = {
  ...newPrice,
  name: 'order.refund',
  version: 1,
  versions: { 1: inCents },
  upcasts: {},
};

type Priced = { jobId: string; release: Release; name: string; cents: number; currency: string };

/** What each release performs; both price alike. */
export function performedBy(release: Release, tell: (priced: Priced) => Promise<void>): JobDefinition[] {
  if (release === 'old') {
    const price = defineJob(oldPrice, {
      async run({ jobId, name, payload }) {
        await tell({ jobId, release, name, cents: Math.round(payload.euros * 100), currency: 'EUR' });
        return done();
      },
    });
    return [price as JobDefinition];
  }
  return [newPrice, refund].map(
    (contract) =>
      defineJob(contract, {
        async run({ jobId, name, payload }) {
          await tell({ jobId, release, name, ...payload });
          await delay(5);
          return done();
        },
        onEnd: ({ payload }) => ({ events: [{ type: 'order.priced', version: 1, data: payload }] }),
      }) as JobDefinition,
  );
}

if (import.meta.url === `file://${process.argv[1]}`)
  await work(JSON.parse(process.argv[2] ?? '{}') as WorkerWish & { release: Release });

async function work({ service, databaseName, mongodbUri, amqpUrl, release }: WorkerWish & { release: Release }) {
  const database = await mongoose.createConnection(mongodbUri, { dbName: databaseName, autoIndex: false }).asPromise();
  const jobs = createJobs({
    service,
    definitions: performedBy(release, async (priced) => void (await database.collection('effects').insertOne(priced))),
    database,
    amqpUrl,
    announce: async () => undefined,
    role: 'worker',
    concurrency: 5,
    timing: shortTiming,
    topologyPrefix: TEST_PREFIX,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  await jobs.start();
}
