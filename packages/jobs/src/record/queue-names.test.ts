import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { rawJob, storeRaw } from '../under-test/raw-jobs-under-test.ts';
import { QueueNames } from './queue-names.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const sorted = async (names: QueueNames) => (await names.all()).toSorted();

test('queues are those known here, those worked by others, and those that nobody works any more', async () => {
  await storeRaw(world.collections, [
    rawJob(1, { queue: 'orders.retired' }),
    rawJob(2, { queue: 'orders.retired' }),
    rawJob(3, { queue: 'a.retired' }),
  ]);
  await world.collections.workers.insertOne({ _id: 'newer', queues: ['orders.main', 'orders.new'] } as never);
  const names = new QueueNames(world.collections, ['orders.main']);

  // Two who ask at the same time look once.
  const both = await Promise.all([sorted(names), sorted(names)]);

  const all = ['a.retired', 'orders.main', 'orders.new', 'orders.retired'];
  expect(both).toEqual([all, all]);
  await world.collections.workers.deleteOne({ _id: 'newer' });
  expect(await sorted(names)).toEqual(all);
});

test('without any job and any worker the queues are those known here', async () => {
  expect(await sorted(new QueueNames(world.collections, ['orders.main', 'orders.main']))).toEqual(['orders.main']);
});
