import { randomUUID } from 'node:crypto';
import { createJobs } from '@millrace/jobs';
import { assertLedger } from '@millrace/jobs/testing';
import { components } from '@millrace/testkit';
import mongoose from 'mongoose';
import { greetPerson, greetPersonJob, personGreeted } from './greet-person.ts';

const ignore = () => undefined;
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

test('a worker performs what was commanded, and the ledger balances', async () => {
  const { amqpUrl, mongodbUri } = components();
  const service = `people-${randomUUID().slice(0, 8)}`;
  const database = await mongoose.createConnection(mongodbUri, { dbName: service }).asPromise();
  const told: string[] = [];
  const people = { nameOf: async () => 'Ada' };
  const mailer = { send: async () => undefined };

  const jobs = createJobs({
    service,
    definitions: [greetPersonJob({ people, mailer })],
    database,
    amqpUrl,
    announce: async (events) => void told.push(...events.map(({ type }) => type)),
    log,
  });
  await jobs.start();
  const { job } = await jobs.enqueue(greetPerson, { personId: randomUUID() });
  const ended = await jobs.waitFor(job.id, 30);
  await assertLedger(jobs);
  await jobs.stop();

  expect(ended).toMatchObject({ state: 'completed', attempt: 1, errors: [] });
  expect(told).toEqual([personGreeted.type]);

  await database.dropDatabase();
  await database.close();
});
