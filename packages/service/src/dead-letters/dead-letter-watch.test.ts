import { randomUUID } from 'node:crypto';
import { EventsUnavailable, type StoredEvent } from '@millrace/events';
import type { DeadLetterGroup } from '@millrace/jobs';
import { afterFile, components, until } from '@millrace/testkit';
import mongoose from 'mongoose';
import { watchDeadLetters } from './dead-letter-watch.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const at = new Date().toISOString();

const letters = (fingerprint: string, count: number): DeadLetterGroup => ({
  ...{ fingerprint, count, source: 'job', name: 'flour.grind', firstAt: at, lastAt: at },
  ...{ code: 'stone-broken', message: 'it broke' },
});

/** Four replicas on one database, over letters that lie as they are laid and a bus that may be away. */
async function replicas() {
  const database = await mongoose
    .createConnection(components().mongodbUri, { dbName: `letters-${randomUUID().slice(0, 8)}` })
    .asPromise();
  const lie: DeadLetterGroup[] = [];
  let refused = 0;
  const told = new Map<string, StoredEvent>();
  const world = { isAway: false };
  const bus = {
    async publish(events: readonly StoredEvent[]) {
      if (world.isAway) refused += 1;
      if (world.isAway) throw new EventsUnavailable('the bus is away');
      for (const event of events) told.set(event.id, event);
    },
    onStreamReset: () => () => {},
  };
  const jobs = { deadLetters: { groups: async () => [...lie] } } as never;
  const watches = [1, 2, 3, 4].map(() =>
    watchDeadLetters({ service: 'mill', database, jobs, bus, everyMs: 20, log: quiet }),
  );
  afterFile(async () => {
    for (const watch of watches) await watch.stop();
    await database.dropDatabase();
    await database.close();
  });
  await Promise.all(watches.map((watch) => watch.start()));
  return {
    lie,
    world,
    refused: () => refused,
    told: () => [...told.values()].map(({ type, data }) => ({ type, ...(data as Told) })),
  };
}

type Told = { readonly fingerprint: string; readonly incidentId: string };

test('a cause is told once when its first letter lies and once when none does any more, whatever lies beside and however many look', async () => {
  const { lie, told } = await replicas();
  const ofStone = () => told().filter(({ fingerprint }) => fingerprint === 'stone');
  const toldOf = (count: number) =>
    until(() => ofStone().length === count, { withinMs: 20_000, message: `${count} events` });

  lie.push(letters('stone', 3));
  await toldOf(1);
  lie.splice(0, 1, letters('stone', 40), letters('river', 1));
  await until(() => told().some(({ fingerprint }) => fingerprint === 'river'), { withinMs: 20_000 });
  lie.splice(0, 1);
  await toldOf(2);
  lie.push(letters('stone', 1));
  await toldOf(3);

  expect(ofStone().map(({ type }) => type)).toEqual([
    'dead-letters.appeared',
    'dead-letters.cleared',
    'dead-letters.appeared',
  ]);
  const [first, over, again] = ofStone().map(({ incidentId }) => incidentId);
  expect([over === first, again === first]).toEqual([true, false]);
  expect(ofStone()[0]).toMatchObject({
    ...{ service: 'mill', name: 'flour.grind', source: 'job', count: 3 },
    error: { code: 'stone-broken', message: 'it broke' },
  });
});

test('what the bus did not take is told when it is back', async () => {
  const { lie, world, refused, told } = await replicas();

  world.isAway = true;
  lie.push(letters('stone', 1));
  await until(() => refused() > 0, { withinMs: 20_000 });
  world.isAway = false;
  await until(() => told().length === 1, { withinMs: 20_000 });

  expect(told()).toMatchObject([{ type: 'dead-letters.appeared', fingerprint: 'stone' }]);
});
