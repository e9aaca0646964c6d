import { jobContract } from '@millrace/contracts';
import { createJobs, defineJob, done, type Jobs } from '@millrace/jobs';
import amqp from 'amqplib';
import mongoose from 'mongoose';
import { z } from 'zod';
import { BROKER_LANES, brokerNames } from '../../../packages/jobs/src/broker/topology.ts';
import type { Contestant, Place, Work } from './contestant.ts';
import { dropDatabase } from './drop-database.ts';

const noop = jobContract({
  name: 'bench.noop',
  queue: 'bench.default',
  summary: 'Does nothing, which is what the runtime around it is measured by.',
  payload: z.object({ index: z.int() }),
});

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export const millrace: Contestant = {
  name: 'Millrace',
  promises: 'an accepted job survives database and broker; its record, claim and end are kept in the database',
  async produce(place) {
    const jobs = await startRuntime(place, 'api');
    return (index) => jobs.enqueue(noop, { index });
  },
  async work(place, work) {
    await startRuntime(place, 'worker', work);
  },
  async wipe(place) {
    await dropDatabase(place);
    const names = brokerNames('jobs.v1', place.name);
    const connection = await amqp.connect(place.amqpUrl);
    const channel = await connection.createChannel();
    const queues = BROKER_LANES.map((lane) => names.queue(noop.queue, lane));
    for (const queue of [...queues, names.quarantineQueue, names.deadQueue]) await channel.deleteQueue(queue);
    await connection.close();
  },
};

/** Ready when nothing is missing any more. */
async function startRuntime({ amqpUrl, mongodbUri, name }: Place, role: 'api' | 'worker', work?: Work): Promise<Jobs> {
  const run = async ({ payload }: { payload: { index: number } }) => {
    await work?.perform(payload.index);
    return done();
  };
  const jobs = createJobs({
    service: name,
    definitions: [defineJob(noop, { run })],
    database: await mongoose.createConnection(mongodbUri, { dbName: name }).asPromise(),
    amqpUrl,
    announce: async () => undefined,
    role,
    ...(work && { concurrency: work.inFlight }),
    log: silent,
  });
  await jobs.start();
  while (jobs.troubles().length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  return jobs;
}
