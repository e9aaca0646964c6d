import mongoose from 'mongoose';
import { done } from '../define/outcome.ts';
import { createJobs } from '../runtime/jobs.ts';
import { shortTiming, TEST_PREFIX, testJob } from '../under-test/test-job.ts';
import { defineSchedule } from './define-schedule.ts';

/** What a replica is told on its command line, as JSON. */
export type ReplicaWish = { service: string; databaseName: string; mongodbUri: string; amqpUrl: string };

export const ticked = testJob('order.tick', async () => done());

/** Every tick counts, however late. */
export const everySecond = defineSchedule({
  name: 'orders.tick',
  cron: '* * * * * *',
  misfire: 'all',
  job: ticked.contract,
  payload: {},
});

if (import.meta.url === `file://${process.argv[1]}`) await tick(JSON.parse(process.argv[2] ?? '{}') as ReplicaWish);

/** One of several that fire the same schedule, until it is killed. */
async function tick({ service, databaseName, mongodbUri, amqpUrl }: ReplicaWish): Promise<void> {
  const database = await mongoose.createConnection(mongodbUri, { dbName: databaseName, autoIndex: false }).asPromise();
  const quiet = () => undefined;
  const jobs = createJobs({
    service,
    definitions: [ticked],
    schedules: [everySecond],
    database,
    amqpUrl,
    announce: async () => undefined,
    role: 'api',
    timing: shortTiming,
    topologyPrefix: TEST_PREFIX,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  await jobs.start();
}
