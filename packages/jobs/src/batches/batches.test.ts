import { until } from '@millrace/testkit';
import fc from 'fast-check';
import { done, fail } from '../define/outcome.ts';
import { onCrashPoint } from '../runtime/crash-points.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { type BatchRow, endStateOf, leftIn } from './batch-row.ts';
import { Tally } from './tally.ts';

const ship = { name: 'order.ship' };
const close = { name: 'order.close', payload: { day: 'monday' } };

let world: World = {} as World;
let closed: { jobId: string; meta: Record<string, unknown> }[] = [];
let isBroken = true;
let go = gate();

beforeEach(async () => {
  world = await jobsWorld();
  closed = [];
  isBroken = true;
  go = gate();
});
afterEach(async () => {
  onCrashPoint(undefined);
  go.resolve();
  await world.end();
});

const definitions = () => [
  testJob('order.ship', async ({ payload, signal }) => {
    if (payload['mood'] === 'broken' && isBroken) return fail({ code: 'broken', message: 'it broke' });
    if (payload['mood'] === 'slow')
      await Promise.race([go.promise, new Promise((_, reject) => signal.addEventListener('abort', reject))]);
    return done();
  }),
  testJob('order.close', async ({ jobId }) => {
    const { meta } = await world.record(jobId);
    closed.push({ jobId, meta });
    return done();
  }),
  testJob('order.once', async () => done(), { unique: { key: ({ order }) => String(order) } }),
];
const members = (moods: readonly string[]) => moods.map((mood, order) => ({ job: ship, payload: { mood, order } }));
const ended = (jobs: Jobs, id: string, round = 1) =>
  until(
    async () => {
      const batch = await jobs.batches.find(id);
      return batch.state !== 'open' && batch.round === round && batch;
    },
    { withinMs: 20_000, message: `batch ended ${round} times` },
  );
const row = async (id: string) => (await world.collections.batches.findOne({ _id: id })) as BatchRow;

test('a batch counts the ends of its members and commands what follows once', async () => {
  const jobs = await world.start(definitions());

  const { batch, jobs: opened } = await jobs.batch({
    name: 'orders of monday',
    jobs: members([...Array<string>(40).fill('fine'), 'broken', 'broken']),
    onEnd: close,
    tags: ['monday'],
    meta: { requestedBy: 'ann' },
  });
  const end = await ended(jobs, batch.id);
  await until(async () => closed.length > 0 && (await row(batch.id)).owes === undefined);
  await world.untilEmpty();

  expect(batch).toMatchObject({ state: 'open', total: 42, progress: expect.any(Number) });
  expect(opened).toHaveLength(42);
  expect(opened[0]).toMatchObject({ batchId: batch.id, tags: ['monday'], meta: { requestedBy: 'ann' } });
  expect(end).toMatchObject({ state: 'partial', completed: 40, failed: 2, live: 0, progress: 1, round: 1 });
  expect(end.items.map(({ id }) => id)).toEqual(opened.map(({ id }) => id));
  expect(closed).toEqual([{ jobId: end.onEndJobId, meta: { requestedBy: 'ann', batchId: batch.id } }]);
  expect(await row(batch.id)).not.toHaveProperty('dueAt');
  expect(await row(batch.id)).not.toHaveProperty('commands');
  expect((await jobs.ledger()).map(({ imbalance }) => imbalance)).toEqual([0, 0, 0]);
}, 40_000);

test('failed members are retried under their ids; the batch opens, and its next end is told by itself', async () => {
  const jobs = await world.start(definitions());
  const { batch } = await jobs.batch({ name: 'b', jobs: members(['fine', 'broken', 'broken']), onEnd: close });
  const first = await ended(jobs, batch.id);
  isBroken = false;

  await jobs.batches.retryFailed(batch.id);
  const second = await ended(jobs, batch.id, 2);
  await until(() => closed.length === 2);

  expect(first).toMatchObject({ state: 'partial', completed: 1, failed: 2 });
  expect(second).toMatchObject({
    state: 'completed',
    completed: 3,
    failed: 0,
    items: first.items.map(({ id }) => ({ id, state: 'completed' })),
  });
  expect(closed.map(({ jobId }) => jobId)).toEqual([first.onEndJobId, second.onEndJobId]);
  expect(first.onEndJobId).not.toBe(second.onEndJobId);
}, 40_000);

test('cancelling a batch ends what waits and stops what runs', async () => {
  const jobs = await world.start(definitions(), { concurrency: 2 });
  const { batch } = await jobs.batch({ name: 'b', jobs: members(Array<string>(12).fill('slow')), onEnd: close });
  await until(async () => (await jobs.counts({ name: 'order.ship' })).executing === 2);

  await jobs.batches.cancel(batch.id);
  const end = await ended(jobs, batch.id);
  await until(async () => closed.length === 1 && (await row(batch.id)).wish === undefined);

  expect(end).toMatchObject({ state: 'cancelled', cancelled: 12, completed: 0 });
  expect((await jobs.batches.cancel(batch.id)).state).toBe('cancelled');
}, 40_000);

test('the same id is the same batch, and what cannot be accepted opens none', async () => {
  const jobs = await world.start(definitions());
  const draft = { id: 'batch-1', name: 'b', jobs: members(['fine', 'fine']) };

  const [one, other] = await Promise.all([jobs.batch(draft), jobs.batch(draft)]);
  await ended(jobs, 'batch-1');
  const bad = [
    { name: 'b', jobs: [{ job: { name: 'order.burn' }, payload: {} }] },
    { name: 'b', jobs: [{ job: ship, payload: 7 }] },
    { name: 'b', jobs: members(Array<string>(5_001).fill('fine')) },
    { name: 'b', jobs: [], onEnd: { name: 'order.burn', payload: {} } },
  ].map((wrong) => jobs.batch(wrong).catch(({ code }: { code: string }) => code));

  expect([one.conflict, other.conflict].toSorted()).toEqual([false, true]);
  expect(await world.collections.jobs.countDocuments({})).toBe(2);
  expect(await Promise.all(bad)).toEqual([
    'job-name-unknown',
    'payload-invalid',
    'batch-too-large',
    'job-name-unknown',
  ]);
  expect(await world.collections.batches.countDocuments({})).toBe(1);
  await expect(jobs.batches.find('none')).rejects.toMatchObject({ code: 'batch-not-found' });
}, 30_000);

test('a batch of nothing has ended, and a member for which another job stands is discarded', async () => {
  const jobs = await world.start(definitions(), { role: 'api' });
  await jobs.command('order.once', { order: 7 });

  const empty = await jobs.batch({ name: 'empty', jobs: [], onEnd: close });
  const taken = await jobs.batch({ name: 'taken', jobs: [{ job: { name: 'order.once' }, payload: { order: 7 } }] });

  expect(empty.batch).toMatchObject({ state: 'completed', total: 0, progress: 1, onEndJobId: expect.any(String) });
  expect(await jobs.find(empty.batch.onEndJobId ?? '')).toMatchObject({ name: 'order.close', state: 'available' });
  expect(taken).toMatchObject({ batch: { state: 'completed', discarded: 1 }, jobs: [] });
}, 30_000);

test.each([
  'batch.written',
  'batch.chunk-enqueued',
  'batch.member-counted',
  'batch.closed',
  'batch.end-commanded',
] as const)(
  'a process that dies at %s leaves nothing out and does nothing twice',
  async (point) => {
    const jobs = await world.start(definitions());
    // As a death: nothing after it is done by this call, and its record or row says what is left.
    let isDead = false;
    onCrashPoint((at) => {
      if (at !== point || isDead) return;
      isDead = true;
      throw new Error('dies here');
    });

    await jobs
      .batch({ id: 'b', name: 'b', jobs: members(['fine', 'fine', 'broken']), onEnd: close })
      .catch(() => undefined);
    expect(
      isDead || point.startsWith('batch.m') || point.startsWith('batch.c') || point === 'batch.end-commanded',
    ).toBe(true);
    await until(() => isDead);
    await world.collections.batches.updateOne({ _id: 'b', dueAt: { $exists: true } }, { $set: { dueAt: new Date(0) } });
    const end = await until(
      async () => {
        const batch = await jobs.batches.find('b');
        const { owes, dueAt } = await row('b');
        if (dueAt) await world.collections.batches.updateOne({ _id: 'b', dueAt }, { $set: { dueAt: new Date(0) } });
        return batch.state !== 'open' && !owes && closed.length > 0 && batch;
      },
      { withinMs: 20_000, everyMs: 300, message: 'the batch has ended' },
    );
    await world.untilEmpty();

    expect(end).toMatchObject({ state: 'partial', completed: 2, failed: 1, round: 1 });
    expect(closed).toHaveLength(1);
    expect(await world.collections.jobs.countDocuments({})).toBe(4);
  },
  40_000,
);

test('a member that was deleted before its end was told does not keep the batch open', async () => {
  const jobs = await world.start(definitions(), { role: 'api' });
  const { batch, jobs: opened } = await jobs.batch({ name: 'b', jobs: members(['fine', 'fine']) });
  await jobs.cancel(opened[0]?.id ?? '');
  await world.collections.jobs.deleteOne({ _id: opened[1]?.id ?? '' });
  await world.collections.batches.updateOne({ _id: batch.id }, { $set: { dueAt: new Date(0) } });

  expect(await ended(jobs, batch.id)).toMatchObject({ state: 'cancelled', cancelled: 1, discarded: 1 });
}, 30_000);

test('counts never drift from the states, in whatever order and however often news comes', async () => {
  const tally = new Tally(world.collections);
  const size = 4;
  const states = ['completed', 'failed', 'discarded', 'cancelled', 'live'] as const;
  const news = fc.record({
    i: fc.nat({ max: size - 1 }),
    state: fc.constantFrom(...states),
    ends: fc.integer({ min: 1, max: 4 }),
  });

  await fc.assert(
    fc.asyncProperty(fc.array(news, { maxLength: 30 }), async (moves) => {
      const _id = crypto.randomUUID();
      const items = Array.from({ length: size }, (_, i) => ({ id: `${i}`, state: 'live' as const, ends: 0 }));
      const none = { completed: 0, failed: 0, discarded: 0, cancelled: 0 };
      const blank = {
        name: 'b',
        state: 'open' as const,
        round: 0,
        tags: [],
        meta: {},
        createdAt: new Date(),
        updatedAt: new Date(),
      };
      await world.collections.batches.insertOne({ _id, ...blank, total: size, ...none, items });

      await Promise.all(moves.map((move) => tally.move({ batchId: _id, id: `${move.i}`, ...move })));

      const stored = await row(_id);
      const counted = Object.fromEntries(
        Object.keys(none).map((state) => [state, stored.items.filter((item) => item.state === state).length]),
      );
      expect(stored).toMatchObject(counted);
      expect(leftIn(stored)).toBe(stored.items.filter(({ state }) => state === 'live').length);
      const latest = items.map((_, i) => Math.max(0, ...moves.filter((move) => move.i === i).map(({ ends }) => ends)));
      expect(stored.items.map(({ ends }) => ends)).toEqual(latest);
    }),
    { numRuns: 40 },
  );
}, 30_000);

test.each([
  [{ completed: 0, failed: 0, discarded: 0, cancelled: 0 }, 'completed'],
  [{ completed: 2, failed: 0, discarded: 1, cancelled: 0 }, 'completed'],
  [{ completed: 2, failed: 1, discarded: 0, cancelled: 0 }, 'partial'],
  [{ completed: 2, failed: 0, discarded: 0, cancelled: 1 }, 'partial'],
  [{ completed: 0, failed: 1, discarded: 3, cancelled: 1 }, 'failed'],
  [{ completed: 0, failed: 0, discarded: 3, cancelled: 1 }, 'cancelled'],
])('members that ended as %j make the batch %s', (counts, state) => {
  expect(endStateOf({ total: 9, ...counts })).toBe(state);
});
