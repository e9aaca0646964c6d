import { setTimeout as delay } from 'node:timers/promises'; // waits: a kill comes at any moment
import { until } from '@millrace/testkit';
import { done, fail } from '../define/outcome.ts';
import type { JobRecord } from '../record/record.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { connectTo, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { dangerousJobs, effectsIn } from '../under-test/worker-under-test.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const inAnHour = () => new Date(Date.now() + 3_600_000);
const ship = { name: 'order.ship' };
/** Fails until it is mended, and tells how it ended. */
const shipping = (mill: { isMended: boolean } = { isMended: true }, code: Parameters<typeof testJob>[2] = {}) =>
  testJob(
    'order.ship',
    async () => (mill.isMended ? done() : fail({ code: 'no-truck', message: 'there is no truck' })),
    {
      onEnd: (_job, end) => ({ events: [{ type: 'order.over', version: 1, data: { state: end.state } }] }),
      ...code,
    },
  );
const enqueueMany = (jobs: Jobs, count: number, options: object = {}, name = ship.name): Promise<string[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, order) => {
      const payload = { order, shop: order % 2 ? 'north' : 'south' };
      return (await jobs.enqueue({ name }, payload, options)).job.id;
    }),
  );
/** As if they had run and failed. */
const failAll = (ids: readonly string[]) =>
  world.collections.jobs.updateMany(
    { _id: { $in: [...ids] } },
    {
      $set: {
        state: 'failed',
        endedAt: new Date(Date.now() - 1_000),
        fingerprint: 'f1',
        ends: 1,
        attempt: 1,
        announce: { pending: false, at: new Date() },
      },
      $unset: { wakeAt: '', dueAt: '' },
    },
  );
const over = (jobs: Jobs, id: string) =>
  until(
    async () => {
      const operation = await jobs.operations.find(id);
      return operation.state !== 'running' && operation;
    },
    { withinMs: 30_000, everyMs: 50, message: 'the operation is over' },
  );
const records = () => world.collections.jobs.find({}).toArray();
const each = (pick: (record: JobRecord) => unknown, found: readonly JobRecord[]) => [...new Set(found.map(pick))];

test('failed jobs are retried by a filter, each once, and run again', async () => {
  const mill = { isMended: false };
  const jobs = await world.start([shipping(mill)], { concurrency: 50 });
  const ids = await enqueueMany(jobs, 100);
  await until(async () => (await jobs.counts()).failed === ids.length, { withinMs: 30_000, everyMs: 100 });
  mill.isMended = true;

  const filter = { state: ['failed'], args: { shop: 'north' } } as const;
  const asked = await jobs.operations.onJobs('retry', filter, { by: 'ann', expectedCount: 50 });
  const operation = await over(jobs, asked.id);
  await until(async () => (await jobs.counts()).completed === 50, { withinMs: 30_000, everyMs: 100 });

  expect(operation).toMatchObject({ kind: 'retry', total: 50, done: 50, skipped: 0, failed: 0, progress: 1 });
  expect(operation).toMatchObject({ state: 'completed', createdBy: 'ann', filter, problems: [] });
  expect(await jobs.ledger()).toEqual([expect.objectContaining({ accepted: 100, failed: 50, imbalance: 0 })]);
});

test('waiting and running jobs are cancelled, ended ones are left, and each cancel is told once', async () => {
  const jobs = await world.start([
    shipping(),
    testJob('order.hold', async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new Error('told to stop');
    }),
  ]);
  const finished = await jobs.waitFor((await jobs.enqueue(ship, {})).job.id, 10);
  await enqueueMany(jobs, 30, { runAt: inAnHour() });
  await enqueueMany(jobs, 3, {}, 'order.hold');
  await until(async () => (await jobs.counts()).executing === 3);

  const operation = await over(jobs, (await jobs.operations.onJobs('cancel', {})).id);
  await until(async () => (await jobs.counts()).cancelled === 33);
  await until(async () => (await world.collections.jobs.countDocuments({ 'announce.pending': true })) === 0);

  expect(operation).toMatchObject({ total: 34, done: 33, skipped: 1, failed: 0, state: 'completed' });
  expect(await jobs.find(finished.id)).toMatchObject({ state: 'completed' });
  // A process that is short of time tells the same fact again, by the same id, and whoever hears it takes it once.
  const facts = new Map(world.announced.map((event) => [event.id, event.jobId]));
  expect(facts.size).toBe(31);
  expect(new Set(facts.values()).size).toBe(31);
  expect((await jobs.ledger()).map(({ imbalance }) => imbalance)).toEqual([0, 0]);
});

test('ended jobs are deleted with their place in the ledger, live ones and later ones are not', async () => {
  const jobs = await world.start([shipping({ isMended: true }, { unique: { key: ({ order }) => `${order}` } })]);
  const ids = await enqueueMany(jobs, 20);
  await until(async () => (await jobs.counts()).completed === ids.length);
  await until(async () => (await world.collections.jobs.countDocuments({ 'announce.pending': true })) === 0);
  const [waiting] = await enqueueMany(jobs, 1, { runAt: inAnHour() });
  const before = new Date();
  await until(() => Date.now() > before.getTime() + 20);
  const later = await jobs.waitFor((await jobs.enqueue(ship, {})).job.id, 10);

  const operation = await over(jobs, (await jobs.operations.onJobs('delete', {}, { before })).id);

  expect(operation).toMatchObject({ total: 21, done: 20, skipped: 1 });
  expect((await records()).map(({ _id }) => _id).toSorted()).toEqual([waiting, later.id].toSorted());
  expect(await jobs.ledger()).toEqual([expect.objectContaining({ accepted: 2, live: 1, succeeded: 1, imbalance: 0 })]);
  await until(async () => (await world.collections.jobs.countDocuments({ 'announce.pending': true })) === 0);
  await jobs.remove(later.id);
  expect(await world.collections.keys.distinct('jobId')).toEqual([waiting]);
});

test('an operation is refused with the real count when the filter finds another number', async () => {
  const jobs = await world.start([shipping()]);
  await enqueueMany(jobs, 3, { runAt: inAnHour() });

  const refused = jobs.operations.onJobs('cancel', { state: ['scheduled'] }, { expectedCount: 2 });

  await expect(refused).rejects.toMatchObject({ code: 'count-changed', details: { count: 3, expectedCount: 2 } });
  expect(await jobs.operations.list({ limit: 10 })).toEqual([]);
  expect((await jobs.counts()).scheduled).toBe(3);
});

test('the same wish again is the same operation', async () => {
  const jobs = await world.start([shipping()]);
  await enqueueMany(jobs, 3, { runAt: inAnHour() });

  const first = await jobs.operations.onJobs('cancel', {}, { id: 'wish', expectedCount: 3 });
  await over(jobs, first.id);
  const again = await jobs.operations.onJobs('cancel', {}, { id: 'wish', expectedCount: 3 });

  expect(again).toMatchObject({ id: 'wish', state: 'completed', done: 3 });
  expect(await jobs.operations.list({ limit: 10 })).toHaveLength(1);
});

test('a rate spreads an operation, and a cancel stops it between pages', async () => {
  const jobs = await world.start([shipping()]);
  const ids = await enqueueMany(jobs, 200, { runAt: inAnHour() });

  const { id } = await jobs.operations.onJobs('cancel', {}, { rate: 40 });
  const underWay = await until(async () => {
    const operation = await jobs.operations.find(id);
    return operation.done > 0 && operation;
  });
  await jobs.operations.cancel(id);
  const operation = await over(jobs, id);

  expect(underWay).toMatchObject({ state: 'running', total: 200, rate: 40 });
  expect(underWay.done).toBeLessThanOrEqual(20);
  expect(operation.state).toBe('cancelled');
  expect(operation.done).toBeLessThan(200);
  expect(operation.done % 10).toBe(0);
  expect(await jobs.counts()).toMatchObject({ cancelled: operation.done, scheduled: ids.length - operation.done });
});

test('of several ended jobs of one key one runs again, the others say who has it', async () => {
  const jobs = await world.start([
    testJob('order.ship', async () => fail({ code: 'no-truck', message: 'no truck' }), { unique: { key: () => 'k' } }),
  ]);
  for (let order = 0; order < 3; order++) await jobs.waitFor((await jobs.enqueue(ship, { order })).job.id, 10);

  const operation = await over(jobs, (await jobs.operations.onJobs('retry', { state: ['failed'] })).id);
  await until(async () => (await jobs.counts()).failed === 3);

  expect(operation).toMatchObject({ total: 3, done: 1, failed: 2 });
  expect(operation.problems.map(({ code }) => code)).toEqual(['unique-conflict', 'unique-conflict']);
  expect(each(({ reopens }) => reopens, await records())).toEqual(expect.arrayContaining([0, 1]));
});

test('a bulk retry holds the key of an ended job, which anybody might steal before it runs again', async () => {
  const jobs = await world.start([
    testJob('order.ship', async () => fail({ code: 'no-truck', message: 'no truck' }), { unique: { key: () => 'k' } }),
  ]);
  const { id } = await jobs.waitFor((await jobs.enqueue(ship, {})).job.id, 10);
  const before = Date.now();

  await over(jobs, (await jobs.operations.onJobs('retry', { state: ['failed'] })).id);

  const row = await world.collections.keys.findOne({ _id: 'order.ship:k' });
  expect(row).toMatchObject({ jobId: id });
  expect(row?.until.getTime()).toBeGreaterThan(before);
});

test('a page of jobs costs one write of records and not one per job', async () => {
  const database = await connectTo(world, { monitorCommands: true });
  const jobs = await world.start([shipping()], { role: 'api', database });
  await failAll(await enqueueMany(jobs, 1_500));
  let changes = 0;
  let pages = 0;
  database.getClient().on('commandStarted', ({ commandName, command }: { commandName: string; command: object }) => {
    const text = JSON.stringify(command);
    if (['update', 'bulkWrite'].includes(commandName) && text.includes('"operation":')) changes++;
    if (commandName === 'findAndModify' && text.includes('"done":')) pages++;
  });

  const operation = await over(jobs, (await jobs.operations.onJobs('retry', { state: ['failed'] })).id);

  process.stdout.write(`bulk retry: ${changes} writes of 1,500 records for ${pages} pages [as many]\n`);
  expect(operation).toMatchObject({ total: 1_500, done: 1_500 });
  expect(changes).toBe(pages);
  expect(pages).toBeLessThan(150);
});

test('workers that are killed in an operation leave no job undone and none done twice', async () => {
  const jobs = world.make(dangerousJobs('nobody', effectsIn(world.database)));
  const workers = [0, 1, 2].map(() => world.worker({ isKeptAlive: true }));
  const ids = await enqueueMany(jobs, 300, {}, 'order.quick');
  await until(async () => (await jobs.counts()).completed === ids.length, { withinMs: 40_000, everyMs: 200 });
  await failAll(ids);

  const { id } = await jobs.operations.onJobs('retry', { state: ['failed'] }, { rate: 150 });
  let kills = 0;
  const operation = await until(
    async () => {
      const seen = await jobs.operations.find(id);
      if (seen.state !== 'running') return seen;
      const { lease } = (await world.collections.operations.findOne({ _id: id })) ?? {};
      // Whoever holds it now: it may be in the middle of a page.
      const holder = lease && (await world.collections.workers.findOne({ _id: lease.owner }));
      const victim = workers.find(({ pid }) => pid === holder?.pid);
      if (victim && kills < 3) {
        await delay(Math.random() * 300);
        await victim.kill('SIGKILL');
        kills++;
      }
      return false;
    },
    { withinMs: 45_000, everyMs: 100, message: 'the operation is over' },
  );
  await until(async () => (await jobs.counts()).completed === ids.length, { withinMs: 30_000, everyMs: 200 });

  process.stdout.write(`operation under ${kills} kills: ${operation.done} of ${ids.length} done, each once\n`);
  expect(operation).toMatchObject({ state: 'completed', total: 300, done: 300, skipped: 0, failed: 0 });
  expect(each(({ reopens }) => reopens, await records())).toEqual([1]);
  expect((await jobs.ledger()).filter(({ imbalance }) => imbalance !== 0)).toEqual([]);
});
