import { setTimeout as delay } from 'node:timers/promises';
import mongoose from 'mongoose';
import { done } from '../define/outcome.ts';
import { createJobs } from '../runtime/jobs.ts';
import { shortTiming, TEST_PREFIX, testJob } from '../under-test/test-job.ts';

/** What a racer is told on its command line, as JSON. */
export type RacerWish = {
  service: string;
  databaseName: string;
  mongodbUri: string;
  amqpUrl: string;
  role: 'api' | 'worker';
  keys: number;
  /** Commands of each key. */
  times: number;
};

if (import.meta.url === `file://${process.argv[1]}`) await race(JSON.parse(process.argv[2] ?? '{}') as RacerWish);

/** An `api` commands every key many times at once and writes down what it was told; a `worker` performs until it is killed. */
async function race({ service, databaseName, mongodbUri, amqpUrl, role, keys, times }: RacerWish): Promise<void> {
  const database = await mongoose.createConnection(mongodbUri, { dbName: databaseName, autoIndex: false }).asPromise();
  const quiet = () => undefined;
  const isOpen = async () => (await database.collection('gates').countDocuments({ gate: 'open' })) > 0;
  const jobs = createJobs({
    service,
    definitions: [
      testJob(
        'order.ship',
        async () => {
          while (!(await isOpen())) await delay(100);
          return done();
        },
        { unique: { key: ({ order }) => String(order) } },
      ),
    ],
    database,
    amqpUrl,
    announce: async () => undefined,
    role,
    timing: shortTiming,
    topologyPrefix: TEST_PREFIX,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const leave = async () => {
    await jobs.stop();
    await database.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void leave());
  await jobs.start();
  if (role === 'worker') return;
  const orders = Array.from({ length: times }, () => Array.from({ length: keys }, (_, order) => order)).flat();
  const answers = await Promise.all(orders.map((order) => jobs.enqueue({ name: 'order.ship' }, { order })));
  await database
    .collection<{ order: unknown; jobId: string; conflict: boolean }>('answers')
    .insertMany(answers.map(({ job, conflict }, index) => ({ order: orders[index], jobId: job.id, conflict })));
  await leave();
}
