import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import type { JobRecord } from '../record/record.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { rawJob, storeRaw } from '../under-test/raw-jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { nextKeyOf, waitsForKey } from './successors.ts';

const PAIRS = 450;

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const keyOf = (index: number) => `order.ship:k${String(index).padStart(4, '0')}`;
const never = new Date(Date.UTC(2100, 0));
const job = (index: number, change: Partial<JobRecord>) => ({
  ...rawJob(index, { name: 'order.ship', queue: 'orders.main', ...change }),
});

/** As a process leaves it that has died right behind the end of the last holder: its successor waits, and so do many before it. */
async function storePairs(): Promise<string> {
  const holders = Array.from({ length: PAIRS }, (_, index) => {
    const { wakeAt: _wakeAt, ...holder } = job(index, { key: keyOf(index), state: 'scheduled', nextRunAt: never });
    return index === PAIRS - 1
      ? { ...holder, state: 'cancelled' as const, endedAt: new Date(), ends: 1 }
      : { ...holder, dueAt: never };
  });
  const successors = Array.from({ length: PAIRS }, (_, index) =>
    job(PAIRS + index, { key: keyOf(index), state: 'scheduled', waitingFor: waitsForKey(keyOf(index)) }),
  );
  await storeRaw(world.collections, [...holders, ...successors]);
  const row = (_id: string, { _id: jobId }: JobRecord) => ({ _id, jobId, at: new Date(0), until: new Date(0) });
  await world.collections.keys.insertMany([
    ...holders.map((holder, index) => row(keyOf(index), holder)),
    ...successors.map((successor, index) => row(nextKeyOf(keyOf(index)), successor)),
  ]);
  return String(successors.at(-1)?._id);
}

test('a successor is called by a sweep however many wait before it', async () => {
  const id = await storePairs();

  const jobs = await world.start([
    testJob('order.ship', async () => done(), {
      unique: { key: ({ orderId }) => String(orderId), onConflict: 'keep-latest-after-current' },
    }),
  ]);

  expect(await jobs.waitFor(id, 15)).toMatchObject({ state: 'completed', waitingFor: null });
  expect((await jobs.counts()).scheduled).toBe(2 * PAIRS - 2);
  await until(async () => (await world.collections.keys.countDocuments({ _id: nextKeyOf(keyOf(PAIRS - 1)) })) === 0);
});
