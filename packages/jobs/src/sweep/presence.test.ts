import { randomUUID } from 'node:crypto';
import { afterFile, components, until } from '@millrace/testkit';
import mongoose from 'mongoose';
import { done } from '../define/outcome.ts';
import { collectionsOf } from '../record/collections.ts';
import { jobsWorld } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { presentOwners } from './presence.ts';

test('a worker that said a last word just after it had renewed its leases is gone when they expire', async () => {
  const dbName = `jobs-${randomUUID().slice(0, 8)}`;
  const database = mongoose.createConnection(components().mongodbUri, { dbName });
  afterFile(async () => {
    await database.dropDatabase();
    await database.close();
  });
  const collections = collectionsOf(database);
  const now = Date.now();
  const lastWords = { dead: now - 19_000, alive: now - 5_000 };
  for (const [_id, at] of Object.entries(lastWords)) {
    await collections.workers.insertOne({ _id, heartbeatAt: new Date(at) } as never);
  }

  const present = await presentOwners(collections, ['dead', 'alive'], new Date(now), 20_000);

  expect([...present]).toEqual(['alive']);
});

test('a worker that has died with nothing in hand is forgotten, too', async () => {
  const world = await jobsWorld();
  afterFile(() => world.end());
  const { workers } = world.collections;
  const heartbeatAt = (ageMs: number) => new Date(Date.now() - ageMs);
  await workers.insertOne({ _id: 'long dead', heartbeatAt: heartbeatAt(2 * 3_600_000) } as never);
  await workers.insertOne({ _id: 'silent', heartbeatAt: heartbeatAt(60_000) } as never);

  await world.start([testJob('order.ship', async () => done())], { role: 'api' });

  await until(async () => (await workers.countDocuments({ _id: 'long dead' })) === 0);
  expect(await workers.distinct('_id')).toEqual(['silent']);
});
