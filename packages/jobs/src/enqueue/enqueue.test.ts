import { until } from '@millrace/testkit';
import { done, fail } from '../define/outcome.ts';
import { gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const ship = { name: 'order.ship' };
const order = ({ order: id }: Record<string, unknown>) => String(id);

test('an id that comes again returns the first job with a conflict and runs once', async () => {
  const payloads: unknown[] = [];
  const jobs = await world.start([
    testJob('order.ship', async ({ payload }) => {
      payloads.push(payload);
      return done();
    }),
  ]);

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => jobs.enqueue(ship, { i }, { id: 'command-1' })),
  );
  await jobs.waitFor('command-1', 10);
  const late = await jobs.enqueue(ship, { i: 99 }, { id: 'command-1' });
  await world.untilEmpty();

  const first = answers.find(({ conflict }) => !conflict);
  expect(answers.filter(({ conflict }) => !conflict)).toHaveLength(1);
  expect(late).toMatchObject({ conflict: true, job: { state: 'completed', payload: first?.job.payload } });
  expect(payloads).toEqual([first?.job.payload]);
  expect(await jobs.ledger()).toEqual([
    expect.objectContaining({ accepted: 1, succeeded: 1, imbalance: 0, unjournalled: 0 }),
  ]);
});

test('of 200 enqueues of one key at once one is taken, and all are told which', async () => {
  const hold = gate();
  const jobs = await world.start([
    testJob(
      'order.ship',
      async () => {
        await hold.promise;
        return done();
      },
      { unique: { key: order } },
    ),
  ]);

  const answers = await Promise.all(Array.from({ length: 200 }, () => jobs.enqueue(ship, { order: 7 })));
  const other = await jobs.enqueue(ship, { order: 8 });
  hold.resolve();

  expect(answers.filter(({ conflict }) => !conflict)).toHaveLength(1);
  expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1);
  expect(other.conflict).toBe(false);
  expect(await world.collections.jobs.countDocuments()).toBe(2);
  expect(world.logs.filter(({ message }) => message.startsWith('unique key is held'))).toHaveLength(199);
});

test.each(['completed', 'failed', 'cancelled'] as const)('a key is free again once its job is %s', async (state) => {
  const jobs = await world.start([
    testJob('order.ship', async () => (state === 'failed' ? fail({ code: 'lost', message: 'lost' }) : done()), {
      unique: { key: order },
    }),
  ]);
  const runAt = state === 'cancelled' ? { runAt: new Date(Date.now() + 60_000) } : {};

  const first = await jobs.enqueue(ship, { order: 7 }, runAt);
  if (state === 'cancelled') await jobs.cancel(first.job.id);
  const ended = await jobs.waitFor(first.job.id, 10);
  const second = await jobs.enqueue(ship, { order: 7 });

  expect(ended.state).toBe(state);
  expect(second).toMatchObject({ conflict: false });
  expect(second.job.id).not.toBe(first.job.id);
});

test('a window holds a key beyond the end of its job', async () => {
  const jobs = await world.start([
    testJob('order.ship', async () => done(), { unique: { key: order, windowMs: 1_500 } }),
  ]);

  const first = await jobs.enqueue(ship, { order: 7 });
  await jobs.waitFor(first.job.id, 10);
  const within = await jobs.enqueue(ship, { order: 7 });
  const after = await until(async () => {
    const answer = await jobs.enqueue(ship, { order: 7 });
    return !answer.conflict && answer;
  });

  expect(within).toMatchObject({ conflict: true, job: { id: first.job.id, state: 'completed' } });
  expect(Date.parse(after.job.createdAt) - Date.parse(first.job.createdAt)).toBeGreaterThanOrEqual(1_400);
});

test('a key whose holder has no record is held while young and taken over after ten seconds', async () => {
  const jobs = await world.start([testJob('order.ship', async () => done(), { unique: { key: order } })]);
  const row = (ageMs: number) => ({ jobId: 'never-written', at: new Date(Date.now() - ageMs), until: new Date(0) });

  await world.collections.keys.insertOne({ _id: 'order.ship:7', ...row(0) });
  await expect(jobs.enqueue(ship, { order: 7 })).rejects.toMatchObject({ code: 'unique-conflict' });
  await world.collections.keys.updateOne({ _id: 'order.ship:7' }, { $set: row(10_500) });
  const answer = await jobs.enqueue(ship, { order: 7 });

  expect(answer.conflict).toBe(false);
  expect(await world.collections.keys.findOne({ _id: 'order.ship:7' })).toMatchObject({ jobId: answer.job.id });
});

test('a failed job whose key another has taken is not run again', async () => {
  const hold = gate();
  let runs = 0;
  const jobs = await world.start([
    testJob(
      'order.ship',
      async () => {
        if (++runs === 1) return fail({ code: 'lost', message: 'lost' });
        await hold.promise;
        return done();
      },
      { unique: { key: order } },
    ),
  ]);

  const first = await jobs.enqueue(ship, { order: 7 });
  await jobs.waitFor(first.job.id, 10);
  const second = await jobs.enqueue(ship, { order: 7 });
  await expect(jobs.retry(first.job.id)).rejects.toMatchObject({
    code: 'unique-conflict',
    details: { heldBy: second.job.id },
  });
  hold.resolve();
  await jobs.waitFor(second.job.id, 10);

  expect(await jobs.retry(first.job.id)).toMatchObject({ state: 'available' });
  expect(await jobs.waitFor(first.job.id, 10)).toMatchObject({ state: 'completed', attempt: 1 });
});

test('a scheduled job starts within a moment of its time and never before it', async () => {
  const starts: number[] = [];
  const jobs = await world.start([
    testJob('order.ship', async () => {
      starts.push(Date.now());
      return done();
    }),
  ]);

  const runAt = new Date(Date.now() + 1_300);
  const { job } = await jobs.enqueue(ship, {}, { runAt });
  expect(job).toMatchObject({ state: 'scheduled', scheduledAt: runAt.toISOString() });
  await jobs.waitFor(job.id, 10);

  expect(starts).toHaveLength(1);
  expect((starts[0] ?? 0) - runAt.getTime()).toBeGreaterThanOrEqual(-5);
  // The ladder's unit of 250 ms is not in it.
  expect((starts[0] ?? 0) - runAt.getTime()).toBeLessThan(200);
});

test('a time before the next sweep is met all the same', async () => {
  const jobs = await world.start([testJob('order.ship', async () => done())], { timing: { sweepMs: 600_000 } });

  const { job } = await jobs.enqueue(ship, {}, { runAt: new Date(Date.now() + 700) });
  const ended = await jobs.waitFor(job.id, 10);

  expect(ended).toMatchObject({ state: 'completed', attempt: 1 });
  expect(Date.parse(ended.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(job.scheduledAt) - 50);
});

test('a scheduled job can be hurried', async () => {
  const jobs = await world.start([testJob('order.ship', async () => done())]);

  const { job } = await jobs.enqueue(ship, {}, { runAt: new Date(Date.now() + 3_600_000) });
  await jobs.runNow(job.id);

  expect(await jobs.waitFor(job.id, 10)).toMatchObject({ state: 'completed', attempt: 1 });
});

test('a job enqueued in a transaction exists when it commits and never when it is rolled back', async () => {
  const runs: string[] = [];
  const jobs = await world.start([
    testJob(
      'order.ship',
      async ({ jobId }) => {
        runs.push(jobId);
        return done();
      },
      { unique: { key: order } },
    ),
  ]);
  const orders = world.database.collection('orders');
  const inTransaction = (id: string, isKept: boolean) =>
    world.database
      .transaction(async (session) => {
        await orders.insertOne({ id }, { session });
        await jobs.enqueue(ship, { order: 7 }, { id, session });
        if (!isKept) throw new Error('changed my mind');
      })
      .catch((error: Error) => error.message);

  expect(await inTransaction('rolled-back', false)).toBe('changed my mind');
  await inTransaction('kept', true);
  await jobs.waitFor('kept', 10);

  expect(runs).toEqual(['kept']);
  expect((await world.record('kept')).dispatches).toBe(1);
  await expect(jobs.find('rolled-back')).rejects.toMatchObject({ code: 'job-not-found' });
  expect(await orders.find({}, { projection: { _id: 0 } }).toArray()).toEqual([{ id: 'kept' }]);
  expect(await jobs.ledger()).toEqual([
    expect.objectContaining({ accepted: 1, succeeded: 1, imbalance: 0, unjournalled: 0 }),
  ]);
});

test('a payload of 50 KiB reaches its handler, and what is too large or misshapen is refused at the door', async () => {
  const jobs = await world.start([
    testJob('order.ship', async ({ payload }) => done({ result: String(payload['text']).length })),
  ]);

  const { job } = await jobs.enqueue(ship, { text: 'x'.repeat(50_000) });
  expect(await jobs.waitFor(job.id, 10)).toMatchObject({ state: 'completed', result: 50_000 });

  await expect(jobs.enqueue(ship, { text: 'x'.repeat(70_000) })).rejects.toMatchObject({ code: 'payload-too-large' });
  await expect(jobs.enqueue(ship, 'no object')).rejects.toMatchObject({
    code: 'payload-invalid',
    details: { issues: [{ path: 'payload' }] },
  });
  await expect(jobs.enqueue({ name: 'order.burn' }, {})).rejects.toMatchObject({ code: 'job-name-unknown' });
});
