import { until } from '@millrace/testkit';
import { done, fail } from '../define/outcome.ts';
import { DatabaseClock } from '../record/database-clock.ts';
import { CRASH_POINTS, onCrashPoint } from '../runtime/crash-points.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { rawJob, storeRaw } from '../under-test/raw-jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { Archive } from './archive.ts';
import { JournalAudit } from './journal-audit.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const definitions = () => [
  testJob('order.ship', async ({ payload }) =>
    payload['order'] === 3 ? fail({ code: 'broken', message: 'it broke' }) : done(),
  ),
  testJob('order.once', async () => done(), { unique: { key: ({ order }) => String(order), windowMs: 3_600_000 } }),
];

let world: World = {} as World;
let jobs: Jobs = {} as Jobs;
beforeEach(async () => {
  world = await jobsWorld();
  jobs = await world.start(definitions());
});
afterEach(async () => {
  onCrashPoint(undefined);
  await world.end();
});

/** Archives what has ended at all. */
const archive = (failedMs = 0) =>
  new Archive({
    collections: world.collections,
    clock: new DatabaseClock(world.database, 1_000),
    queues: ['orders.main'],
    keeping: { endedMs: 0, failedMs, everyMs: 0 },
    log: silent,
  });
const ship = async (count: number) => {
  const ids = await Promise.all(
    Array.from({ length: count }, async (_, order) => (await jobs.command('order.ship', { order })).job.id),
  );
  await Promise.all(ids.map((id) => jobs.waitFor(id, 20)));
  // A millisecond of the database's clock has to pass, or nothing has ended before now.
  await until(async () => (await world.collections.jobs.countDocuments({ endedAt: { $lt: new Date() } })) >= count);
  return ids;
};
const ledger = async () => (await jobs.ledger()).find(({ name }) => name === 'order.ship');
const left = async () => {
  const { jobs: records, accepted, archives, steps, logs } = world.collections;
  return Promise.all([records, accepted, archives, steps, logs].map((one) => one.countDocuments({})));
};

test('old jobs become totals per day, and the ledger stays what it was', async () => {
  await ship(6);
  const before = await ledger();

  await archive().sweep();

  expect(before).toMatchObject({ accepted: 6, succeeded: 5, failed: 1, live: 0, archived: 0, imbalance: 0 });
  expect(await ledger()).toEqual({ ...before, archived: 6 });
  expect(await left()).toEqual([0, 0, 0, 0, 0]);
  const day = new Date().toISOString().slice(0, 10);
  expect(await world.collections.totals.find({}, { projection: { chunks: 0 } }).toArray()).toEqual([
    { _id: `order.ship:${day}`, name: 'order.ship', day, completed: 5, failed: 1, discarded: 0, cancelled: 0 },
  ]);
});

test('what is too young, parked, live, or holds its key by a window is kept', async () => {
  const [, , , failedId = ''] = await ship(4);
  const { job: once } = await jobs.command('order.once', { order: 1 });
  const { job: later } = await jobs.command('order.ship', { order: 9 }, { runAt: new Date(Date.now() + 3_600_000) });
  await jobs.waitFor(once.id, 20);

  await archive(86_400_000).sweep();
  const young = await world.collections.jobs.distinct('_id');
  await jobs.deadLetters.decide(failedId, 'parked', 'wait');
  await archive().sweep();

  expect(young.toSorted()).toEqual([failedId, once.id, later.id].toSorted());
  expect(await world.collections.jobs.countDocuments({ _id: failedId })).toBe(1);
  expect((await ledger())?.imbalance).toBe(0);
});

test('a job that was cancelled long before it was due goes by the time of its end', async () => {
  const { job } = await jobs.command('order.ship', {}, { runAt: new Date(Date.now() + 365 * 86_400_000) });
  await jobs.cancel(job.id);
  await until(async () => (await world.collections.jobs.countDocuments({ endedAt: { $lt: new Date() } })) === 1);

  await archive().sweep();

  expect(await world.collections.jobs.countDocuments({})).toBe(0);
  expect(await ledger()).toMatchObject({ cancelled: 1, archived: 1, imbalance: 0 });
});

test('jobs that are kept for their windows keep no others from the archive', async () => {
  const later = new Date(Date.now() + 3_600_000);
  const ended = Array.from({ length: 1_030 }, (_, index) => {
    const { wakeAt: _wakeAt, ...job } = rawJob(index, { name: 'order.ship', queue: 'orders.main' });
    const key = index < 1_000 ? { key: `order.ship:${index}` } : {};
    return { ...job, ...key, state: 'completed' as const, endedAt: job.createdAt, ends: 1 };
  });
  await storeRaw(world.collections, ended);
  const held = ended.slice(0, 1_000);
  await world.collections.keys.insertMany(
    held.map(({ _id: jobId, key = '' }) => ({ _id: key, jobId, at: new Date(), until: later })),
  );

  await archive().sweep();

  expect(await world.collections.jobs.countDocuments({})).toBe(held.length);
  expect(await ledger()).toMatchObject({ accepted: 1_030, archived: 30, imbalance: 0 });
});

test.each(CRASH_POINTS.filter((point) => point.startsWith('archive.')))(
  'a process that dies at %s counts nothing twice and loses nothing',
  async (point) => {
    const [first = ''] = await ship(6);
    const before = await ledger();
    onCrashPoint((at) => {
      if (at === point) throw new Error('dies here');
    });

    await expect(archive().sweep()).rejects.toThrow('dies here');
    onCrashPoint(undefined);
    const dead = await ledger();
    // Whoever is marked is not run again, or it would be counted once more.
    const isMarked = (await world.collections.jobs.countDocuments({ _id: first, archivedBy: { $exists: true } })) > 0;
    if (isMarked) await expect(jobs.retry(first)).rejects.toMatchObject({ code: 'job-state-conflict' });
    await Promise.all([archive().sweep(), archive().sweep()]);
    await until(async () => (await left())[0] === 0 || archive().sweep());

    expect({ ...dead, archived: 0 }).toEqual(before);
    expect(await ledger()).toEqual({ ...before, archived: 6 });
    expect(await left()).toEqual([0, 0, 0, 0, 0]);
  },
);

test('several replicas archive side by side and count each job once', async () => {
  await ship(30);
  const before = await ledger();

  await Promise.all(Array.from({ length: 5 }, () => archive().sweep()));
  await until(async () => {
    await archive().sweep();
    return (await left()).every((count) => count === 0);
  });

  expect(await ledger()).toEqual({ ...before, archived: 30 });
});

test('a lost record is found by its id, even when another was never journalled', async () => {
  const [lost = '', unjournalled = ''] = await ship(3);
  await world.collections.jobs.deleteOne({ _id: lost });
  await world.collections.accepted.deleteOne({ _id: unjournalled });
  const audit = new JournalAudit(world.collections);

  await audit.step();

  expect(audit.lost).toEqual(new Map([['order.ship', 1]]));
  await world.collections.accepted.deleteOne({ _id: lost });
  await audit.step();
  expect(audit.lost).toEqual(new Map());
});
