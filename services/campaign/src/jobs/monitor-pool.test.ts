import { createOutbox, type StoredEvent } from '@millrace/events';
import { loneRun } from '@millrace/jobs/testing';
import { fillPool } from '../store/pool-for-tests.ts';
import { storeForTests } from '../store/store-for-tests.ts';
import { monitorPoolJob } from './monitor-pool.ts';
import { wantsMonitoring } from './pool-wishes.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

test('a paused pool raises no alarm, and one that was raised before ends when the pool is full', async () => {
  const given = await storeForTests({ profile: 'tiny' });
  const { store, database } = given;
  await store.pools.ensure();
  await store.pools.setPolicy('master', { min: 0, target: 3, max: 3, low: 1, critical: 0 });
  const told: string[] = [];
  const bus = { publish: async (events: readonly StoredEvent[]) => void told.push(...events.map(({ type }) => type)) };
  const job = monitorPoolJob({ store, outbox: createOutbox({ database, collection: 'pools', bus, log: quiet }) });
  const look = () => job.run(loneRun({}));
  const claim = (token: string) =>
    store.claims.claim({ token, isRepeatable: false, sub: 'ann', name: 'Hers', description: '' });
  const refill = async () => {
    await store.slots.free((await store.slots.of('master')).map(({ campaignId }) => String(campaignId)));
    await fillPool(given, 3);
  };

  await fillPool(given, 3);
  await store.pools.setPolicy('master', { paused: true });
  await claim('1');
  await claim('2');
  await look();
  expect([told, await wantsMonitoring(store)]).toEqual([[], false]);

  await store.pools.setPolicy('master', { paused: false });
  await look();
  expect(told).toEqual(['pool.low']);

  await store.pools.setPolicy('master', { paused: true });
  await claim('3');
  await look();
  expect(told).toEqual(['pool.low']);

  await refill();
  await look();
  expect(told).toEqual(['pool.low', 'pool.recovered']);
});

test('an incident is told once as it begins, once as it worsens, and once when it is over', async () => {
  const given = await storeForTests({ profile: 'tiny' });
  const { store, database } = given;
  await store.pools.ensure();
  await store.pools.setPolicy('master', { min: 0, target: 3, max: 3, low: 1, critical: 0 });
  const told: StoredEvent[] = [];
  const bus = { publish: async (events: readonly StoredEvent[]) => void told.push(...events) };
  const job = monitorPoolJob({ store, outbox: createOutbox({ database, collection: 'pools', bus, log: quiet }) });
  const look = () => job.run(loneRun({}));
  const claim = (token: string) =>
    store.claims.claim({ token, isRepeatable: false, sub: 'ann', name: 'Hers', description: '' });

  await fillPool(given, 3);
  await look();
  expect(told).toEqual([]);

  await claim('1');
  await claim('2');
  await look();
  await look();
  expect(told.map(({ type, data }) => [type, data])).toEqual([
    ['pool.low', { type: 'master', ready: 1, target: 3, incidentId: expect.any(String) }],
  ]);

  await claim('3');
  await look();
  await look();
  expect(told.map(({ type }) => type)).toEqual(['pool.low', 'pool.critical']);

  await store.slots.free((await store.slots.of('master')).map(({ campaignId }) => String(campaignId)));
  await fillPool(given, 3);
  await look();
  await look();
  expect(told.map(({ type }) => type)).toEqual(['pool.low', 'pool.critical', 'pool.recovered']);
  expect(new Set(told.map(({ data }) => (data as { incidentId: string }).incidentId)).size).toBe(1);
});
