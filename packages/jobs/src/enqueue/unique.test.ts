import { until } from '@millrace/testkit';
import type { OnConflict } from '../define/define-job.ts';
import { done, fail } from '../define/outcome.ts';
import { connectTo, gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const ship = { name: 'order.ship' };
const inAnHour = () => new Date(Date.now() + 3_600_000);

/** A job that runs while its gate is shut, and what its runs were given. */
function shipping(onConflict: OnConflict, windowMs = 0) {
  const hold = gate();
  const runs: unknown[] = [];
  const job = testJob(
    'order.ship',
    async ({ payload }) => {
      runs.push(payload['to']);
      await hold.promise;
      return done();
    },
    { unique: { key: ({ order }) => String(order), onConflict, windowMs } },
  );
  return { job, runs, hold };
}

const executing = async (id: string) => (await world.record(id)).state === 'executing';
const to = (place: string) => ({ order: 7, to: place });

describe('reject', () => {
  test('a command whose key is held is refused and told who holds it', async () => {
    const { job, hold } = shipping('reject');
    const jobs = await world.start([job]);

    const first = await jobs.enqueue(ship, to('Ulm'));
    const second = jobs.enqueue(ship, to('Bonn'));

    await expect(second).rejects.toMatchObject({ code: 'unique-conflict', details: { heldBy: first.job.id } });
    hold.resolve();
    await jobs.waitFor(first.job.id, 10);
    expect(await jobs.enqueue(ship, to('Bonn'))).toMatchObject({ conflict: false });
  });
});

test.each<OnConflict>(['return-existing', 'reject', 'replace-if-not-started', 'keep-latest-after-current'])(
  'a command that comes again gets its own job, whoever holds the key by now (%s)',
  async (onConflict) => {
    const { job, hold } = shipping(onConflict);
    const jobs = await world.start([job]);
    hold.resolve();
    const first = await jobs.enqueue(ship, to('Ulm'), { id: 'order-7-a' });
    await jobs.waitFor(first.job.id, 10);
    const second = await jobs.enqueue(ship, to('Bonn'), { id: 'order-7-b', runAt: inAnHour() });
    expect(second.conflict).toBe(false);

    const again = await jobs.enqueue(ship, to('Ulm'), { id: 'order-7-a' });

    expect(again).toMatchObject({ conflict: true, job: { id: 'order-7-a', state: 'completed' } });
    expect((await world.record('order-7-b')).payload).toEqual(to('Bonn'));
  },
);

describe('replace-if-not-started', () => {
  test('a waiting job takes over payload, time, lane and tags, and is found by them only', async () => {
    const { job, runs, hold } = shipping('replace-if-not-started');
    const jobs = await world.start([job]);
    hold.resolve();

    const first = await jobs.enqueue(ship, to('Ulm'), { runAt: inAnHour(), tags: ['old'] });
    const second = await jobs.enqueue(ship, to('Bonn'), { lane: 'hi', tags: ['new'] });
    const ended = await jobs.waitFor(first.job.id, 10);
    const found = async (args: Record<string, string>) =>
      (await jobs.list({ args }, { limit: 5 })).items.map(({ id }) => id);

    expect(second).toMatchObject({ conflict: true, replaced: true, job: { id: first.job.id, payload: to('Bonn') } });
    expect(ended).toMatchObject({ state: 'completed', lane: 'hi', tags: ['new'], createdAt: first.job.createdAt });
    expect(runs).toEqual(['Bonn']);
    expect([await found({ to: 'Bonn' }), await found({ to: 'Ulm' })]).toEqual([[first.job.id], []]);
    expect((await jobs.list({ tag: 'old' }, { limit: 5 })).items).toEqual([]);
    expect(await jobs.ledger()).toMatchObject([{ accepted: 1, succeeded: 1, imbalance: 0 }]);
  });

  test('a job that runs, or has run, keeps its payload', async () => {
    const { job, runs, hold } = shipping('replace-if-not-started');
    const jobs = await world.start([job]);

    const first = await jobs.enqueue(ship, to('Ulm'));
    await until(() => executing(first.job.id));
    const second = await jobs.enqueue(ship, to('Bonn'));
    hold.resolve();

    expect(second).toMatchObject({ conflict: true, job: { id: first.job.id, payload: to('Ulm') } });
    expect(second).not.toHaveProperty('replaced');
    await jobs.waitFor(first.job.id, 10);
    expect(runs).toEqual(['Ulm']);
  });

  test('of many that come at once the job runs once, with the payload that stands in its record', async () => {
    const { job, runs, hold } = shipping('replace-if-not-started');
    const jobs = await world.start([job]);
    hold.resolve();

    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        jobs.enqueue(ship, to(`place ${i}`), { runAt: new Date(Date.now() + 1_500) }),
      ),
    );
    const id = answers[0]?.job.id ?? '';
    const ended = await jobs.waitFor(id, 15);
    await world.untilEmpty();

    expect(new Set(answers.map(({ job: { id: each } }) => each))).toEqual(new Set([id]));
    expect(answers.filter(({ conflict }) => !conflict)).toHaveLength(1);
    expect(runs).toEqual([(ended.payload as { to: string }).to]);
  });

  test('a command that comes again does not put its old payload over a newer one', async () => {
    const { job, hold } = shipping('replace-if-not-started');
    const jobs = await world.start([job]);
    hold.resolve();

    await jobs.enqueue(ship, to('Ulm'), { id: 'first' });
    await jobs.waitFor('first', 10);
    const second = await jobs.enqueue(ship, to('Bonn'), { runAt: inAnHour() });
    const again = await jobs.enqueue(ship, to('Ulm'), { id: 'first' });

    expect(again).toMatchObject({ conflict: true, job: { id: 'first', state: 'completed' } });
    expect(await jobs.find(second.job.id)).toMatchObject({ payload: to('Bonn'), state: 'scheduled' });
  });

  test('a replacement in a transaction that is rolled back has never been', async () => {
    const { job } = shipping('replace-if-not-started');
    const jobs = await world.start([job]);
    const first = await jobs.enqueue(ship, to('Ulm'), { runAt: inAnHour() });

    await world.database
      .transaction(async (session) => {
        await jobs.enqueue(ship, to('Bonn'), { session, runAt: inAnHour() });
        throw new Error('changed my mind');
      })
      .catch(() => undefined);

    expect(await jobs.find(first.job.id)).toMatchObject({ payload: to('Ulm') });
  });
});

describe('keep-latest-after-current', () => {
  test('while one runs exactly one waits, with what was commanded last, and runs when the other has ended', async () => {
    const { job, runs, hold } = shipping('keep-latest-after-current');
    const jobs = await world.start([job]);

    const first = await jobs.enqueue(ship, to('Ulm'));
    await until(() => executing(first.job.id));
    const second = await jobs.enqueue(ship, to('Bonn'));
    const third = await jobs.enqueue(ship, to('Kiel'), { lane: 'hi' });
    const runsWhileHeld = [...runs];
    hold.resolve();
    const ended = await jobs.waitFor(second.job.id, 10);
    const fourth = await jobs.enqueue(ship, to('Mainz'));
    await jobs.waitFor(fourth.job.id, 10);

    expect(second).toMatchObject({ conflict: false, job: { state: 'scheduled', waitingFor: 'unique:order.ship:7' } });
    expect(third).toMatchObject({ conflict: true, replaced: true, job: { id: second.job.id, payload: to('Kiel') } });
    expect(runsWhileHeld).toEqual(['Ulm']);
    expect(ended).toMatchObject({ state: 'completed', lane: 'hi', attempt: 1, waitingFor: null });
    expect(fourth.conflict).toBe(false);
    expect(runs).toEqual(['Ulm', 'Kiel', 'Mainz']);
    expect(await world.collections.keys.find({}).toArray()).toMatchObject([{ jobId: fourth.job.id }]);
    expect(await jobs.ledger()).toMatchObject([{ accepted: 3, succeeded: 3, imbalance: 0 }]);
  });

  test('a job that has not begun takes over the payload', async () => {
    const { job } = shipping('keep-latest-after-current');
    const jobs = await world.start([job]);

    const first = await jobs.enqueue(ship, to('Ulm'), { runAt: inAnHour() });
    const second = await jobs.enqueue(ship, to('Bonn'), { runAt: inAnHour() });

    expect(second).toMatchObject({ conflict: true, replaced: true, job: { id: first.job.id, payload: to('Bonn') } });
  });

  test('who waits is not hurried past the holder, can be put off, and leaves its place when it is cancelled', async () => {
    const { job, runs, hold } = shipping('keep-latest-after-current');
    const jobs = await world.start([job]);
    const first = await jobs.enqueue(ship, to('Ulm'));
    await until(() => executing(first.job.id));
    const second = await jobs.enqueue(ship, to('Bonn'));

    await expect(jobs.runNow(second.job.id)).rejects.toMatchObject({ code: 'job-state-conflict' });
    await expect(jobs.retry(second.job.id)).rejects.toMatchObject({ code: 'job-state-conflict' });
    const putOff = await jobs.change(second.job.id, { runAt: inAnHour() });
    await jobs.cancel(second.job.id);
    const third = await jobs.enqueue(ship, to('Kiel'));
    hold.resolve();
    await jobs.waitFor(third.job.id, 10);

    expect(putOff).toMatchObject({ state: 'scheduled', waitingFor: 'unique:order.ship:7' });
    expect(third.conflict).toBe(false);
    expect(runs).toEqual(['Ulm', 'Kiel']);
  });

  test('who waits until a time waits on for it when the holder has ended', async () => {
    const { job, hold } = shipping('keep-latest-after-current');
    const jobs = await world.start([job]);
    const first = await jobs.enqueue(ship, to('Ulm'));
    await until(() => executing(first.job.id));

    const runAt = inAnHour();
    const second = await jobs.enqueue(ship, to('Bonn'), { runAt });
    hold.resolve();
    const waiting = await until(async () => {
      const found = await jobs.find(second.job.id);
      return found.waitingFor === null && found;
    });

    expect(waiting).toMatchObject({ state: 'scheduled', scheduledAt: runAt.toISOString() });
  });

  test('when whoever ended the holder has died, a sweep lets the successor run', async () => {
    const { job, runs, hold } = shipping('keep-latest-after-current');
    const jobs = await world.start([job], { timing: { sweepMs: 600_000 } });
    const first = await jobs.enqueue(ship, to('Ulm'));
    await until(() => executing(first.job.id));
    const second = await jobs.enqueue(ship, to('Bonn'));
    // As a process leaves it that dies right behind the end.
    await world.collections.jobs.updateOne(
      { _id: first.job.id },
      { $set: { state: 'cancelled', endedAt: new Date() }, $unset: { lease: '' }, $inc: { ends: 1 } },
    );

    await world.start([job], { database: await connectTo(world), role: 'api' });
    await until(() => runs.length === 2);
    hold.resolve();

    expect(await jobs.waitFor(second.job.id, 10)).toMatchObject({ state: 'completed' });
    expect(runs).toEqual(['Ulm', 'Bonn']);
  });

  test('a place whose enqueuer has died is free again after ten seconds', async () => {
    const { job, hold } = shipping('keep-latest-after-current');
    const jobs = await world.start([job]);
    const first = await jobs.enqueue(ship, to('Ulm'));
    await until(() => executing(first.job.id));
    const at = new Date(Date.now() - 10_500);
    await world.collections.keys.insertOne({ _id: 'next|order.ship:7', jobId: 'never-written', at, until: at });

    const second = await jobs.enqueue(ship, to('Bonn'));
    hold.resolve();

    expect(second.conflict).toBe(false);
    expect(await jobs.waitFor(second.job.id, 10)).toMatchObject({ state: 'completed' });
  });
});

test('a retry whose write is lost gives the key back at once', async () => {
  const { job } = shipping('return-existing');
  const failing = testJob('order.ship', async () => fail({ code: 'lost', message: 'lost' }), {
    unique: job.unique as never,
  });
  const jobs = await world.start([failing]);
  const first = await jobs.enqueue(ship, to('Ulm'));
  await jobs.waitFor(first.job.id, 10);

  await Promise.all(Array.from({ length: 5 }, () => jobs.retry(first.job.id).catch(() => undefined)));
  await until(async () => (await jobs.find(first.job.id)).state === 'failed');
  const held = await world.collections.keys.findOne({ _id: 'order.ship:7' });

  expect(held?.jobId).toBe(first.job.id);
});

test('a key that an ended job has taken again is not stolen before it runs', async () => {
  const { job } = shipping('return-existing');
  const failing = testJob('order.ship', async () => fail({ code: 'lost', message: 'lost' }), {
    unique: job.unique as never,
  });
  const jobs = await world.start([failing]);
  const first = await jobs.enqueue(ship, to('Ulm'));
  await jobs.waitFor(first.job.id, 10);

  // Between key and record the one who retries stands still.
  await world.collections.keys.updateOne({ _id: 'order.ship:7' }, { $set: { until: new Date(Date.now() + 10_000) } });
  const other = await jobs.enqueue(ship, to('Bonn'));

  expect(other).toMatchObject({ conflict: true, job: { id: first.job.id } });
});
