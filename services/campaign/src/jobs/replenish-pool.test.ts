import type { JobView } from '@millrace/jobs';
import { loneRun } from '@millrace/jobs/testing';
import { storeForTests, type TestStore } from '../store/store-for-tests.ts';
import { replenishPoolJob } from './replenish-pool.ts';

let given: TestStore;
beforeEach(async () => {
  given = await storeForTests({ profile: 'tiny' });
  await given.store.pools.ensure();
});

/** While a person waits for a seeding. */
const replenish = async (target: number) => {
  await given.store.pools.setPolicy('master', { min: 0, target, max: Math.max(1, target), low: 0, critical: 0 });
  const waiting = { lane: 'std', waitingFor: null } as JobView;
  const jobs = { list: async () => ({ items: [waiting], nextCursor: null }), enqueue: () => Promise.reject() };
  return replenishPoolJob({ store: given.store, jobs: async () => jobs as never }).run(
    loneRun({ type: 'master', occasion: 'wish' }),
  );
};

test('nothing is built ahead while somebody waits', async () => {
  expect(await replenish(2)).toEqual({ kind: 'snooze', delayMs: 1_000 });
});

test('a pool that keeps nothing ready does not stand in line either', async () => {
  expect(await replenish(0)).toMatchObject({ kind: 'done', result: { opened: 0 } });
});
