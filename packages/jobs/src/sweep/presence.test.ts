import { randomUUID } from 'node:crypto';
import { afterFile, components } from '@millrace/testkit';
import mongoose from 'mongoose';
import { collectionsOf } from '../record/collections.ts';
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
