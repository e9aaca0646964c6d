import { until } from '@millrace/testkit';
import { done, fail } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { MinuteCounts } from '../record/queue-rows.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { type HistoryMetric, QueueHistory } from './queue-history.ts';
import { Tally } from './tally.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const queue = 'orders.main';
const minuteMs = 60_000;
const record = { name: 'order.ship', queue };

/** A history of one process, whose clock says what the test wants. */
function historian(owner: string, clock: { ms: number }) {
  const databaseClock = { now: () => new Date(clock.ms) } as DatabaseClock;
  const tally = new Tally({ clock: databaseClock });
  const history = new QueueHistory({
    collections: world.collections,
    clock: databaseClock,
    tally,
    owner,
    queues: [queue],
    backlogOf: async () => 7,
  });
  return { tally, history };
}
const noon = Date.UTC(2026, 0, 5, 12);
const values = async (history: QueueHistory, metric: HistoryMetric, wish: object = {}) =>
  (await history.of(queue, { metric, ...wish })).points.map(({ value }) => value);

test('what processes have seen adds up, however often each writes it', async () => {
  const clock = { ms: noon + 5_000 };
  const [one, two] = [historian('one', clock), historian('two', clock)];
  for (let i = 0; i < 3; i++) one.tally.count('accepted', record);
  await one.history.flush();
  await one.history.flush();
  one.tally.count('accepted', record);
  two.tally.count('accepted', record);
  // The answer of the first write of these is lost, so that it is written again.
  const bulkWrite = world.collections.queueMinutes.bulkWrite.bind(world.collections.queueMinutes);
  const losing = Object.assign(Object.create(world.collections.queueMinutes), {
    bulkWrite: async (...args: Parameters<typeof bulkWrite>) => {
      await bulkWrite(...args);
      throw new Error('connection lost');
    },
  });
  const unlucky = new QueueHistory({
    collections: { ...world.collections, queueMinutes: losing },
    clock: { now: () => new Date(clock.ms) } as DatabaseClock,
    tally: one.tally,
    owner: 'one',
    queues: [queue],
    backlogOf: async () => 0,
  });
  await expect(unlucky.flush()).rejects.toThrow('connection lost');
  await Promise.all([one.history.flush(), two.history.flush()]);

  expect(await values(one.history, 'enqueued', { from: new Date(noon) })).toEqual([5]);
});

test('gaps are zeros for counts and null for means and gauges, and steps gather minutes', async () => {
  const clock = { ms: noon };
  const { tally, history } = historian('one', clock);
  const run = (waitMs: number, runMs: number) => {
    const startedAt = new Date(clock.ms);
    const job = { ...record, startedAt, nextRunAt: new Date(clock.ms - waitMs) } as never;
    tally.count('started', job);
    tally.waited(job);
    tally.ran(job, runMs);
    tally.count('completed', job);
  };
  run(100, 10);
  run(300, 30);
  await history.sample();
  clock.ms = noon + 3 * minuteMs;
  run(500, 20);
  await history.flush();
  clock.ms += minuteMs;
  const range = { from: new Date(noon), to: new Date(noon + 4 * minuteMs) };

  expect(await values(history, 'completed', range)).toEqual([2, 0, 0, 1]);
  expect(await values(history, 'ended', range)).toEqual([2, 0, 0, 1]);
  expect(await values(history, 'failed', range)).toEqual([0, 0, 0, 0]);
  expect(await values(history, 'waitMs', range)).toEqual([200, null, null, 500]);
  expect(await values(history, 'waitMsMax', range)).toEqual([300, null, null, 500]);
  expect(await values(history, 'runMs', range)).toEqual([20, null, null, 20]);
  expect(await values(history, 'runMsMax', range)).toEqual([30, null, null, 20]);
  expect(await values(history, 'backlog', range)).toEqual([7, null, null, null]);
  expect((await history.of(queue, { metric: 'started', ...range, stepMs: 2 * minuteMs })).points).toEqual([
    { at: new Date(noon), value: 2 },
    { at: new Date(noon + 2 * minuteMs), value: 1 },
  ]);
});

test('minutes older than ten days are deleted, and a backlog is counted by one replica a minute', async () => {
  const clock = { ms: noon };
  const [one, two] = [historian('one', clock), historian('two', clock)];
  const rows = world.collections.queueMinutes;
  const row = (hoursAgo: number) => {
    const at = new Date(noon - hoursAgo * 3_600_000);
    return { _id: `${queue}:${at.toISOString()}`, queue, at, by: { one: { started: 1 } as MinuteCounts } };
  };
  await rows.insertMany([row(241), row(239)]);

  await Promise.all([one.history.sample(), two.history.sample()]);

  expect((await rows.find({}).sort({ _id: 1 }).toArray()).map(({ at, backlog }) => [at.getTime(), backlog])).toEqual([
    [noon - 239 * 3_600_000, undefined],
    [noon, 7],
  ]);
  const all = await one.history.of(queue, { metric: 'started', from: new Date(0), stepMs: 3_600_000 });
  expect(all.points).toHaveLength(240);
  expect(all.points.filter(({ value }) => value === 1)).toHaveLength(1);
});

test('rates look back over sixty seconds', async () => {
  const clock = { ms: noon + 1_000 };
  const { tally, history } = historian('one', clock);
  for (let i = 0; i < 40; i++) tally.count('accepted', record);
  await history.flush();
  const young = await history.rates(queue);
  clock.ms = noon + minuteMs + 45_000;
  const older = await history.rates(queue);

  expect([young.enqueued, older.enqueued]).toEqual([40, 10]);
});

test('jobs leave their traces in the history of their queue', async () => {
  class Away extends Error {}
  const jobs = await world.start([
    testJob('order.ship', async () => done()),
    testJob('order.pack', async () => fail({ code: 'broken', message: 'no' })),
    testJob(
      'order.call',
      async ({ attempt }) => {
        if (attempt === 1) throw new Away('not yet');
        return done();
      },
      { retry: [on(Away, every(1))] },
    ),
  ]);
  const names = ['order.ship', 'order.ship', 'order.pack', 'order.call'];
  const ids = await Promise.all(names.map(async (name) => (await jobs.enqueue({ name }, {})).job.id));
  await Promise.all(ids.map((id) => jobs.waitFor(id, 10)));
  const { job } = await jobs.enqueue({ name: 'order.ship' }, {}, { runAt: new Date(Date.now() + 60_000) });
  await jobs.cancel(job.id);

  const total = async (metric: HistoryMetric) =>
    (await jobs.queueHistory(queue, { metric })).points.reduce((sum, { value }) => sum + (value ?? 0), 0);
  await until(async () => (await total('ended')) === 5);
  const metrics = ['enqueued', 'started', 'completed', 'failed', 'retried', 'cancelled', 'snoozed'] as const;

  expect(Object.fromEntries(await Promise.all(metrics.map(async (metric) => [metric, await total(metric)])))).toEqual({
    enqueued: 5,
    started: 5,
    completed: 3,
    failed: 1,
    retried: 1,
    cancelled: 1,
    snoozed: 0,
  });
  expect((await jobs.queue(queue)).rates.ended).toBeGreaterThan(0);
  await expect(jobs.queueHistory('orders.none', { metric: 'ended' })).rejects.toMatchObject({
    code: 'queue-not-found',
  });
});
