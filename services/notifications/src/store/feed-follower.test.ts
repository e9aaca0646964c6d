import { randomUUID } from 'node:crypto';
import { afterFile, components, until } from '@millrace/testkit';
import mongoose, { type Connection } from 'mongoose';
import { FeedFollower, type FeedUpdate } from './feed-follower.ts';
import { createFeeds } from './feeds.ts';

const never = 3_600_000;

let database: Connection;
beforeAll(async () => {
  const dbName = `feeds-${randomUUID().slice(0, 8)}`;
  database = await mongoose.createConnection(components().mongodbUri, { dbName }).asPromise();
  afterFile(async () => {
    await database.dropDatabase();
    await database.close();
  });
});

/** A replica that looks so often, and somebody who listens there. */
function follow(everyMs: number, tell: (update: FeedUpdate) => Promise<void> = async () => {}) {
  const recipient = `person-${randomUUID()}`;
  const feeds = createFeeds(database);
  const told: unknown[] = [];
  const following = new FeedFollower(feeds, { everyMs }).follow(recipient, async (update) => {
    await tell(update);
    told.push(...(update.changes ?? ['all']).map((one) => (typeof one === 'string' ? one : one.change.id)));
  });
  following.startAt(0);
  afterFile(async () => following.stop());
  return { recipient, feeds, told };
}

test('what this replica appends is told without waiting for the next look', async () => {
  const { recipient, feeds, told } = follow(never);

  for (const id of ['one', 'two', 'three']) await feeds.append(recipient, { id });
  await until(() => told.length === 3);

  expect(told).toEqual(['one', 'two', 'three']);
});

test('what another replica appends is told by the next look', async () => {
  const { recipient, told } = follow(20);

  await createFeeds(database).append(recipient, { id: 'elsewhere' });
  await until(() => told.length === 1);

  expect(told).toEqual(['elsewhere']);
});

test('somebody who is slow to be told holds up nobody else, and misses nothing', async () => {
  const gate = Promise.withResolvers<void>();
  const [slow, quick] = [follow(never, () => gate.promise), follow(never)];

  for (const { feeds, recipient } of [slow, quick, slow, quick]) await feeds.append(recipient, { id: recipient });
  await until(() => quick.told.length === 2);
  const before = [...slow.told];
  gate.resolve();
  await until(() => slow.told.length === 2);

  expect(before).toEqual([]);
});

test('what could not be told is told by a later look, once', async () => {
  let failures = 2;
  const { recipient, feeds, told } = follow(20, async () => {
    if (failures-- > 0) throw new Error('the database is away');
  });

  await feeds.append(recipient, { id: 'one' });
  await until(() => told.length > 0);
  await feeds.append(recipient, { id: 'two' });
  await until(() => told.length > 1);

  expect(told).toEqual(['one', 'two']);
});
