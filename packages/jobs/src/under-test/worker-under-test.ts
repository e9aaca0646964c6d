import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import mongoose from 'mongoose';
import type { JobDefinition } from '../define/define-job.ts';
import { done } from '../define/outcome.ts';
import { createJobs } from '../runtime/jobs.ts';
import type { Role } from '../runtime/options.ts';
import type { Timing } from '../runtime/timing.ts';
import { shortTiming, TEST_PREFIX, testJob } from './test-job.ts';

/** What a process of its own is told on its command line, as JSON. */
export type WorkerWish = {
  service: string;
  databaseName: string;
  mongodbUri: string;
  amqpUrl: string;
  role: Role;
  concurrency: number;
  /** Whether suspects get a process of their own. */
  hasQuarantine: boolean;
  /** Where the short intervals of tests are too short. */
  timing?: Partial<Timing>;
};

/** What jobs do to the world, and what they wait for. */
export type Effects = {
  insert(effect: Record<string, unknown>): Promise<void>;
  isOpen(gate: unknown): Promise<boolean>;
};
export type KeyedEffects = Effects & {
  /** An effect under a key of its own, e.g. `<rootId>:<step>`. @returns whether it was not there yet. */
  once(key: string, effect: Record<string, unknown>): Promise<boolean>;
};

/** The jobs that kill, freeze and outlive their process. Effects and gates lie in the database, where every process sees them. */
export function dangerousJobs(who: string, effects: Effects): JobDefinition[] {
  const onEnd: JobDefinition['onEnd'] = (_job, end) => ({
    events: [{ type: 'order.over', version: 1, data: { state: end.state } }],
  });
  return [
    testJob('order.quick', async ({ jobId }) => {
      await delay(20);
      await effects.insert({ jobId, who });
      return done({ result: who });
    }),
    testJob(
      'order.gated',
      async ({ jobId, payload, signal }) => {
        await effects.insert({ jobId, who, what: 'started' });
        signal.addEventListener('abort', () => void effects.insert({ jobId, who, what: String(signal.reason) }));
        while (!(await effects.isOpen(payload['gate']))) await delay(20);
        return done({ result: who });
      },
      { onEnd, contract: { maxAttempts: 1 } },
    ),
    testJob('order.exit', () => process.exit(1), { onEnd, contract: { maxAttempts: 1 } }),
  ];
}

/** Effects and gates in a database. */
export function effectsIn(database: mongoose.Connection): KeyedEffects {
  return {
    insert: async (effect) => void (await database.collection('effects').insertOne({ ...effect, at: new Date() })),
    once: async (key, effect) => {
      const keyed = database.collection<{ _id: string }>('keyed_effects');
      const { upsertedCount } = await keyed.updateOne({ _id: key }, { $setOnInsert: effect }, { upsert: true });
      return upsertedCount === 1;
    },
    isOpen: async (gate) => (await database.collection('gates').countDocuments({ gate })) > 0,
  };
}

if (import.meta.url === `file://${process.argv[1]}`) await work(JSON.parse(process.argv[2] ?? '{}') as WorkerWish);

/** Performs jobs until SIGTERM. */
export async function work(
  wish: WorkerWish,
  jobsOf: (who: string, effects: KeyedEffects) => JobDefinition[] = dangerousJobs,
): Promise<void> {
  const { service, databaseName, mongodbUri, amqpUrl, role, concurrency, hasQuarantine } = wish;
  const database = await mongoose.createConnection(mongodbUri, { dbName: databaseName, autoIndex: false }).asPromise();
  const line = (fields: object, message: string) =>
    void process.stdout.write(`${JSON.stringify({ message, ...fields })}\n`);
  const jobs = createJobs({
    service,
    definitions: jobsOf(`${role}-${process.pid}`, effectsIn(database)),
    database,
    amqpUrl,
    announce: async (events) =>
      void (await database.collection('announced').insertMany(events.map((event) => ({ ...event })))),
    role,
    concurrency,
    drainMs: 5_000,
    timing: { ...shortTiming, ...wish.timing },
    topologyPrefix: TEST_PREFIX,
    ...(hasQuarantine && {
      spawnQuarantine: () =>
        spawn(
          process.execPath,
          [process.argv[1] ?? '', JSON.stringify({ ...wish, role: 'quarantine', hasQuarantine: false })],
          { stdio: 'ignore' },
        ),
    }),
    log: { debug: () => undefined, info: line, warn: line, error: line },
  });
  const leave = async () => {
    await jobs.stop();
    process.exit(0);
  };
  process.on('SIGTERM', () => void leave());
  await jobs.start();
  if (role !== 'quarantine') return;
  await jobs.idleFor(2_000);
  await leave();
}
