import { randomUUID } from 'node:crypto';
import { afterFile, components, until } from '@millrace/testkit';
import mongoose, { type Connection } from 'mongoose';
import { natsWorld, ripened } from './bus-under-test.ts';
import type { StoredEvent } from './event.ts';
import { EventsUnavailable } from './events-unavailable.ts';
import { createOutbox, type OutboxFields, outboxEvent, storing } from './outbox.ts';
import { onEvent } from './subscription.ts';

type Tree = OutboxFields & { readonly _id: string; readonly revision: number };

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
let database: Connection;

beforeAll(async () => {
  database = await mongoose
    .createConnection(components().mongodbUri, { dbName: `outbox-${randomUUID().slice(0, 8)}` })
    .asPromise();
  afterFile(async () => {
    await database.dropDatabase();
    await database.close();
  });
});

const trees = () => database.collection<Tree>('trees');

async function planted(): Promise<Tree> {
  const tree = { _id: randomUUID(), revision: 1 };
  await trees().insertOne(tree);
  return tree;
}

/** One change of the aggregate with the fact that it makes true. */
async function ripen({ _id, revision }: Tree, fruit: string, at = new Date()): Promise<Tree> {
  const event = outboxEvent(_id, revision + 1, { type: ripened.type, version: 1, data: { fruit } }, at);
  const changed = await trees().findOneAndUpdate(
    { _id, revision },
    { ...storing(event), $inc: { revision: 1 } } as object,
    { returnDocument: 'after' },
  );
  if (!changed) throw new Error(`tree ${_id} has changed`);
  return changed as Tree;
}

/** A bus in a variable: what is told, and whether it is there. */
function busOf() {
  const told: StoredEvent[] = [];
  const state = { isUp: true };
  const bus = {
    async publish(events: readonly StoredEvent[]) {
      if (!state.isUp) throw new EventsUnavailable('the bus is away');
      told.push(...events);
    },
  };
  return { told, state, outbox: createOutbox({ database, collection: 'trees', bus, log: quiet, afterMs: 0 }) };
}

test('a fact is stored by the write that makes it true, under the aggregate and its revision, and told once', async () => {
  const { told, outbox } = busOf();
  const tree = await ripen(await planted(), 'plum');
  await outbox.tell([tree]);
  await outbox.relay();
  expect(told.filter(({ id }) => id.startsWith(tree._id))).toMatchObject([
    { id: `${tree._id}:2`, data: { fruit: 'plum' } },
  ]);
  expect(await trees().findOne({ _id: tree._id })).not.toHaveProperty('outboxAt');
});

test('a fact that is too large to be told is refused before it is stored', () => {
  const draft = { type: ripened.type, version: 1, data: { fruit: 'x'.repeat(1_048_600) } };
  expect(() => outboxEvent('t1', 2, draft, new Date())).toThrow(
    'event fruit.ripened has 1048612 bytes, at most 1048576 can be told',
  );
});

test('what could not be told is told by the relay, with what came after it, in order', async () => {
  const { told, state, outbox } = busOf();
  state.isUp = false;
  const first = await ripen(await planted(), 'plum');
  await outbox.tell([first]);
  await ripen(first, 'pear', new Date(first.outboxAt?.getTime() ?? 0));
  state.isUp = true;
  await outbox.relay();
  expect(told.filter(({ id }) => id.startsWith(first._id)).map(({ data }) => data)).toEqual([
    { fruit: 'plum' },
    { fruit: 'pear' },
  ]);
});

test('a fact that is stored while an older one is being told stays untold until the relay comes', async () => {
  const { told, outbox } = busOf();
  const first = await ripen(await planted(), 'plum');
  const second = await ripen(first, 'pear');
  await outbox.tell([first]);
  expect(await trees().findOne({ _id: first._id })).toHaveProperty('outboxAt');
  await outbox.relay();
  expect(told.map(({ id }) => id)).toContain(`${second._id}:${second.revision}`);
});

test('what was told is told again after the stream was wiped, under its old ids', async () => {
  const { told, outbox } = busOf();
  const tree = await ripen(await planted(), 'plum');
  await outbox.tell([tree]);
  expect(await outbox.tellAgain(new Date(Date.now() - 60_000))).toBeGreaterThan(0);
  await outbox.relay();
  expect(told.filter(({ id }) => id === `${tree._id}:2`)).toHaveLength(2);
});

test('a fact that is to be told again while it is being told stays untold until the relay comes', async () => {
  const told: string[] = [];
  const bus = {
    async publish(events: readonly StoredEvent[]) {
      told.push(...events.map(({ id }) => id));
      // The stream that has just taken it is wiped.
      if (told.length === 1) await outbox.tellAgain(new Date(Date.now() - 60_000));
    },
  };
  const outbox = createOutbox({ database, collection: 'trees', bus, log: quiet, afterMs: 0 });
  await trees().deleteMany({});
  const tree = await ripen(await planted(), 'plum');
  await outbox.tell([tree]);
  await outbox.relay();
  expect(told).toEqual([`${tree._id}:2`, `${tree._id}:2`]);
});

test('a hearer hears a stored fact through the real bus', async () => {
  const world = await natsWorld(components());
  const heard: string[] = [];
  try {
    const bus = await world.bus({ subscriptions: [onEvent(ripened, async ({ id }) => void heard.push(id))] });
    const tree = await ripen(await planted(), 'plum');
    await createOutbox({ database, collection: 'trees', bus, log: quiet }).tell([tree]);
    await until(() => heard.includes(`${tree._id}:2`), { withinMs: 10_000, message: 'heard' });
  } finally {
    await world.end();
  }
});
