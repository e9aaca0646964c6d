import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import type { BatchRow } from './batch-row.ts';

let world: World;
let go = gate();
beforeEach(async () => {
  world = await jobsWorld();
  go = gate();
});
afterEach(async () => {
  go.resolve();
  await world.end();
});

const ship = { job: { name: 'order.ship' }, payload: {} };
const once = (order: number) => ({ job: { name: 'order.once' }, payload: { order } });
const definitions = () => [
  testJob('order.ship', async () => {
    await go.promise;
    return done();
  }),
  testJob('order.once', async () => done(), { unique: { key: ({ order }) => String(order) } }),
];
const inAnHour = () => ({ runAt: new Date(Date.now() + 3_600_000) });
const ended = (jobs: Jobs, id: string) =>
  until(
    async () => {
      const batch = await jobs.batches.find(id);
      return batch.state !== 'open' && batch;
    },
    { withinMs: 20_000, message: 'the batch has ended' },
  );
const row = async (id: string) => (await world.collections.batches.findOne({ _id: id })) as BatchRow;
const due = (id: string) => world.collections.batches.updateOne({ _id: id }, { $set: { dueAt: new Date(0) } });

test('a member whose key is being taken at that moment is enqueued later', async () => {
  const jobs = await world.start(definitions());
  // As an enqueuer leaves it that has died between key and record.
  const taken = { _id: 'order.once:7', jobId: 'never-written', until: new Date(0) };
  await world.collections.keys.insertOne({ ...taken, at: new Date() });

  const { batch, jobs: opened } = await jobs.batch({ id: 'b', name: 'b', jobs: [once(7), once(8)] });
  await world.collections.keys.updateOne({ _id: taken._id }, { $set: { at: new Date(0) } });
  await due('b');

  expect([batch.discarded, opened.length]).toEqual([0, 1]);
  expect(await ended(jobs, 'b')).toMatchObject({ state: 'completed', completed: 2, discarded: 0 });
}, 30_000);

test('a member that was discarded is not enqueued when others are enqueued again', async () => {
  const jobs = await world.start(definitions());
  const { job } = await jobs.command('order.once', { order: 7 }, inAnHour());
  const draft = { id: 'b', name: 'b', jobs: [once(7), ship] };
  await jobs.batch(draft);
  await jobs.cancel(job.id);

  // As a process leaves it that has died before it noted that all are enqueued.
  const commands = draft.jobs.map(({ job: { name }, payload }) => ({ name, payload }));
  await world.collections.batches.updateOne({ _id: 'b' }, { $set: { commands } });
  await due('b');
  await until(async () => (await row('b')).commands === undefined);
  go.resolve();

  expect(await ended(jobs, 'b')).toMatchObject({ completed: 1, discarded: 1 });
  expect(await jobs.counts({ name: 'order.once' })).toMatchObject({ cancelled: 1, completed: 0, available: 0 });
}, 30_000);

test('what a member tells does not wait for a job that holds the key of what follows the batch', async () => {
  const jobs = await world.start([
    testJob('order.ship', async () => done(), {
      onEnd: () => ({ events: [{ type: 'order.shipped', version: 1, data: {} }] }),
    }),
    testJob('order.close', async () => done(), { unique: { key: () => 'day', onConflict: 'reject' } }),
  ]);
  const { job: holder } = await jobs.command('order.close', {}, inAnHour());

  const { batch } = await jobs.batch({ name: 'b', jobs: [ship], onEnd: { name: 'order.close', payload: {} } });
  await until(() => world.announced.length === 1);
  const owing = await row(batch.id);
  await jobs.cancel(holder.id);
  await due(batch.id);
  await until(async () => (await jobs.counts({ name: 'order.close' })).completed === 1);

  expect(owing).toMatchObject({ state: 'completed', owes: true });
}, 30_000);
