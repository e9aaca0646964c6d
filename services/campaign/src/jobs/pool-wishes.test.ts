import { fillPool } from '../store/pool-for-tests.ts';
import { storeForTests, type TestStore } from '../store/store-for-tests.ts';
import { wantsCleaning, wantsMonitoring, wantsReplenishing } from './pool-wishes.ts';
import { tendAll } from './tend-pool.ts';

let given: TestStore;

beforeEach(async () => {
  given = await storeForTests({ profile: 'tiny' });
  await given.store.pools.ensure();
  await given.store.pools.setPolicy('master', { min: 0, target: 2, max: 2, low: 0, critical: 0 });
});

const wishes = async () => ({
  replenishing: await wantsReplenishing(given.store, 'master'),
  cleaning: await wantsCleaning(given.store),
  monitoring: await wantsMonitoring(given.store),
});

const claim = (token: string) =>
  given.store.claims.claim({ token, isRepeatable: false, sub: 'ann', name: 'Hers', description: '' });

test('a pool in which all is well wants nothing', async () => {
  await fillPool(given, 2);
  expect(await wishes()).toEqual({ replenishing: false, cleaning: false, monitoring: false });
});

test('the place of a claimed member wants to be freed and filled', async () => {
  await fillPool(given, 2);
  await claim('1');
  expect(await wishes()).toEqual({ replenishing: true, cleaning: true, monitoring: false });
});

test('an empty place wants to be filled, unless the pool is paused or is filled on claims only', async () => {
  await fillPool(given, 2);
  await claim('1');
  await tendAll(given.store, new AbortController().signal);
  expect(await wishes()).toEqual({ replenishing: true, cleaning: false, monitoring: false });

  await given.store.pools.setPolicy('master', { paused: true });
  expect(await wishes()).toMatchObject({ replenishing: false });
  await given.store.pools.setPolicy('master', { paused: false, refill: 'on-claim' });
  expect(await wishes()).toMatchObject({ replenishing: false });
});

test('a pool that has run empty, and one in which something is there again, want to be looked at', async () => {
  await fillPool(given, 1);
  await claim('1');
  expect(await wishes()).toMatchObject({ monitoring: true });

  await given.store.pools.exhausted('master', new Date());
  await tendAll(given.store, new AbortController().signal);
  await fillPool(given, 2);
  expect(await wishes()).toEqual({ replenishing: false, cleaning: false, monitoring: true });
});

test('own pools want to be replenished only while they are on', async () => {
  expect(await wantsReplenishing(given.store, 'user')).toBe(false);
  await given.store.pools.setPolicy('user', { target: 1 });
  expect(await wantsReplenishing(given.store, 'user')).toBe(true);
});
