import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import type { JobRecord, StoredEvent } from '../record/record.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { rawJob, storeRaw } from '../under-test/raw-jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

/** Ended, and not told of yet. */
function untold(index: number, type: string): JobRecord {
  const { wakeAt: _wakeAt, ...record } = rawJob(index, { name: 'order.ship', queue: 'orders.main' });
  const at = record.createdAt;
  const event: StoredEvent = { id: `${record._id}:1:0`, type, version: 1, data: {}, at };
  return { ...record, state: 'completed', endedAt: at, ends: 1, events: [event], announce: { pending: true, at } };
}

test('what the bus never takes holds up nothing that comes behind it', async () => {
  const told = new Set<string>();
  const heavy = Array.from({ length: 250 }, (_, index) => untold(index, 'order.too-heavy'));
  const light = Array.from({ length: 30 }, (_, index) => untold(250 + index, 'order.shipped'));
  await storeRaw(world.collections, [...heavy, ...light]);

  await world.start([testJob('order.ship', async () => done())], {
    announce: async (events) => {
      if (events.some(({ type }) => type === 'order.too-heavy')) throw new Error('the message is too large');
      for (const { id } of events) told.add(id);
    },
  });

  await until(() => told.size === light.length, { withinMs: 20_000, message: 'all that can be told is told' });
  await until(async () => (await world.collections.jobs.countDocuments({ 'announce.pending': true })) === heavy.length);
});
