import type { Connection } from 'mongoose';
import type { Campaign } from '../domain/campaign.ts';
import type { PoolSlot } from '../domain/pool.ts';
import { fillPool, seedMember } from '../store/pool-for-tests.ts';
import { storeForTests, type TestStore } from '../store/store-for-tests.ts';
import { runSeeding } from './run-seeding.ts';
import { tendPool } from './tend-pool.ts';

let given: TestStore;

beforeEach(async () => {
  given = await storeForTests({ profile: 'tiny' });
  await given.store.pools.ensure();
});

const tend = async (replacesStale = false) => {
  const [pool, slots] = await Promise.all([given.store.pools.find('master'), given.store.slots.of('master')]);
  return tendPool(given.store, { pool, slots, replacesStale });
};

const campaigns = (database: Connection) => database.collection<Campaign>('campaigns');
const change = (slot: PoolSlot | undefined, $set: object) =>
  campaigns(given.database).updateOne({ _id: String(slot?.campaignId) }, { $set });
const rowsOf = (slot: PoolSlot | undefined) =>
  given.database.collection('schticks').countDocuments({ campaignId: String(slot?.campaignId) });

test('what is ready stays, and is counted', async () => {
  await fillPool(given, 2);
  expect(await tend()).toMatchObject({ free: [], ready: 2, building: 0 });
});

test('the place of a claimed campaign is free again, and the campaign keeps its rows', async () => {
  const [slot] = await fillPool(given, 1);
  const wish = { token: 't', isRepeatable: false, sub: 'ann', name: 'Hers', description: '' };
  const claimed = await given.store.claims.claim(wish);
  expect(await tend()).toMatchObject({
    free: [{ number: 1, campaignId: null }],
    ready: 0,
    claimedAt: [claimed?.activatedAt],
  });
  expect(await rowsOf(slot)).toBe(20);
});

test('a member that is too old is removed with all its rows, and counted as wasted', async () => {
  const [slot] = await fillPool(given, 1);
  await change(slot, { poolCreatedAt: new Date(0) });
  expect(await tend()).toMatchObject({ free: [{ number: 1 }], ready: 0 });
  expect(await rowsOf(slot)).toBe(0);
  expect(await campaigns(given.database).countDocuments()).toBe(0);
  await given.store.minutes.flush();
  expect(await given.store.minutes.since('master', new Date(0))).toMatchObject([{ wasted: 1 }]);
});

test('an outdated member is not ready, and is removed only when outdated ones are replaced', async () => {
  const [slot] = await fillPool(given, 1);
  await change(slot, { templateHash: 'older' });
  expect(await tend(false)).toMatchObject({ free: [], ready: 0, building: 0 });
  expect(await tend(true)).toMatchObject({ free: [{ number: 1 }] });
});

test('a place whose opener died before its campaign was written down gets it', async () => {
  await given.store.slots.prepare({ pool: 'master', type: 'master', max: 1 });
  const [free] = await given.store.slots.of('master');
  if (!free) throw new Error('no place');
  const opened = await given.store.slots.open(free);
  expect(await tend()).toMatchObject({ building: 1 });
  expect(await campaigns(given.database).countDocuments()).toBe(0);
  await given.database.collection('pool_slots').updateOne({ pool: 'master' }, { $set: { openedAt: new Date(0) } });
  expect(await tend()).toMatchObject({ building: 1 });
  expect(await campaigns(given.database).findOne()).toMatchObject({ _id: opened?.campaignId, poolStatus: 'building' });
});

test('a place whose seedings fail is tried again twice, then kept for somebody to look at', async () => {
  const fail = async () => {
    const [slot] = await fillPool(given, 1, { isSeeded: false });
    await change(slot, { status: 'failed' });
    return tend();
  };
  expect(await fail()).toMatchObject({ free: [{ failures: 1 }] });
  expect(await fail()).toMatchObject({ free: [{ failures: 2 }] });
  expect(await fail()).toMatchObject({ free: [], ready: 0, building: 0 });
  expect(await campaigns(given.database).findOne()).toMatchObject({ poolStatus: 'quarantined' });
});

test('somebody who died between retiring a member and freeing its place is gone on for', async () => {
  const [slot] = await fillPool(given, 1);
  await given.store.members.retire(String(slot?.campaignId), { from: ['ready'], to: 'expired' });
  expect(await tend()).toMatchObject({ free: [{ number: 1 }] });
  expect(await rowsOf(slot)).toBe(0);
});

test('a tender that died after it had removed a member leaves a free place, not one that is built for ever', async () => {
  const [slot] = await fillPool(given, 1);
  const id = String(slot?.campaignId);
  await given.store.members.retire(id, { from: ['ready'], to: 'expired' });
  await given.store.slots.closing(id);
  await given.store.members.remove(id);
  expect(await tend()).toMatchObject({ free: [{ number: 1, campaignId: null }], building: 0 });
});

test('a member that was given up cannot be seeded again, so its rows are gone for good', async () => {
  const [slot] = await fillPool(given, 1, { isSeeded: false });
  await change(slot, { status: 'failed', poolStatus: 'failed' });
  const jobId = crypto.randomUUID();
  const command = {
    campaignId: String(slot?.campaignId),
    requestedBy: null,
    mode: 'batch' as const,
    rootId: jobId,
    jobId,
  };
  expect(await runSeeding(given.store, command)).toBeNull();
  expect(await rowsOf(slot)).toBe(0);
});

test('a quarantined member whose job was retried is ready again, and rebuilding does not touch it meanwhile', async () => {
  const [slot] = await fillPool(given, 1, { isSeeded: false });
  await change(slot, { status: 'seeding', poolStatus: 'quarantined' });
  await given.store.members.retireAll('master', 'quarantined', 'failed');
  expect(await campaigns(given.database).findOne()).toMatchObject({ poolStatus: 'quarantined' });
  await change(slot, { status: 'failed' });
  if (slot) await seedMember(given, slot);
  expect(await tend()).toMatchObject({ free: [], ready: 1 });
});

test('members in places beyond a lowered maximum are removed', async () => {
  await fillPool(given, 3);
  await given.store.pools.setPolicy('master', { min: 0, low: 0, target: 1, max: 2 });
  expect(await tend()).toMatchObject({ free: [{ number: 3 }], ready: 2 });
});

test('a place is opened once, by however many at the same time', async () => {
  await given.store.slots.prepare({ pool: 'master', type: 'master', max: 3 });
  const slots = await given.store.slots.of('master');
  const opened = await Promise.all(slots.flatMap((slot) => [1, 2, 3, 4].map(() => given.store.slots.open(slot))));
  expect(opened.filter(Boolean)).toHaveLength(3);
});
