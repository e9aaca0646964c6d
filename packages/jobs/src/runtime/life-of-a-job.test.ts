import { until } from '@millrace/testkit';
import { cancel, discard, done, fail, snooze } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import { gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

class Throttled extends Error {
  override readonly name = 'Throttled';
}

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const shipped = { type: 'order.shipped', version: 1, data: { order: 7 } };

test('a job runs once, announces its events once and leaves no message', async () => {
  const runs: unknown[] = [];
  const jobs = await world.start([
    testJob('order.ship', async ({ payload, jobId, attempt }) => {
      runs.push({ payload, jobId, attempt });
      return done({ result: { parcels: 2 }, events: [shipped] });
    }),
  ]);

  const { job, conflict } = await jobs.enqueue({ name: 'order.ship' }, { order: 7 }, { tags: ['urgent'] });
  const ended = await jobs.waitFor(job.id, 10);
  await until(async () => (await world.record(job.id)).announce?.pending === false);

  expect({ conflict, runs }).toEqual({ conflict: false, runs: [{ payload: { order: 7 }, jobId: job.id, attempt: 1 }] });
  expect(ended).toMatchObject({
    state: 'completed',
    attempt: 1,
    crashes: 0,
    progress: 1,
    result: { parcels: 2 },
    tags: ['urgent'],
    worker: null,
  });
  expect(world.announced).toEqual([expect.objectContaining({ ...shipped, id: `${job.id}:1:0`, jobId: job.id })]);
  await world.untilEmpty();
  expect(await jobs.ledger()).toEqual([
    expect.objectContaining({ name: 'order.ship', accepted: 1, succeeded: 1, live: 0, imbalance: 0 }),
  ]);
});

test('an error class that may fail three times is retried twice through the ladder and then ends once', async () => {
  const starts: number[] = [];
  const ends: unknown[] = [];
  const jobs = await world.start([
    testJob(
      'order.ship',
      async () => {
        starts.push(Date.now());
        throw new Throttled('too many at once');
      },
      {
        // 750 ms and 1,250 ms are two bits each: a cycle in the ladder shows only with more than one hop.
        retry: [on(Throttled, (failures) => [750, 1_250][failures - 1] ?? 0, { max: 3 })],
        onEnd: (job, end) => {
          ends.push({ attempt: job.attempt, state: end.state });
          return { events: [{ type: 'order.lost', version: 1, data: {} }] };
        },
      },
    ),
  ]);

  const { job } = await jobs.enqueue({ name: 'order.ship' }, {});
  const ended = await jobs.waitFor(job.id, 20);
  await until(() => world.announced.length > 0);

  expect(ended).toMatchObject({
    state: 'failed',
    attempt: 3,
    errors: [{ attempt: 1, class: 'Throttled', code: 'throttled' }, { attempt: 2 }, { attempt: 3 }],
  });
  expect((await world.record(job.id)).failures).toEqual({ Throttled: 2 });
  expect(ends).toEqual([{ attempt: 3, state: 'failed' }]);
  expect(world.announced.map(({ id, type }) => ({ id, type }))).toEqual([{ id: `${job.id}:1:0`, type: 'order.lost' }]);
  const [first = 0, second = 0, third = 0] = starts;
  expect(second - first).toBeGreaterThanOrEqual(700);
  expect(second - first).toBeLessThan(2_500);
  expect(third - second).toBeGreaterThanOrEqual(1_200);
  expect(third - second).toBeLessThan(3_000);
  await world.untilEmpty();
});

test('several jobs pass the same levels of the ladder again and again without getting lost', async () => {
  const jobs = await world.start([
    testJob(
      'order.ship',
      async ({ attempt }) => {
        if (attempt < 4) throw new Throttled('again');
        return done();
      },
      { retry: [on(Throttled, every(750))] },
    ),
  ]);

  const ids = await Promise.all(
    Array.from({ length: 10 }, async (_, order) => (await jobs.enqueue({ name: 'order.ship' }, { order })).job.id),
  );
  const ended = await Promise.all(ids.map((id) => jobs.waitFor(id, 20)));

  expect(ended.map(({ state, attempt }) => ({ state, attempt }))).toEqual(
    ids.map(() => ({ state: 'completed', attempt: 4 })),
  );
  const records = await Promise.all(ids.map((id) => world.record(id)));
  // Every one by its own message, none by the sweeper.
  expect(records.map(({ dispatches }) => dispatches)).toEqual(ids.map(() => 1));
  await world.untilEmpty();
});

test('maxAttempts caps the attempts of all error classes together', async () => {
  const jobs = await world.start([
    testJob(
      'order.ship',
      async ({ attempt }) => {
        if (attempt % 2 === 0) throw new Throttled('even');
        throw new RangeError('odd');
      },
      { retry: [on(Throttled, every(0)), on(RangeError, every(0))], contract: { maxAttempts: 3 } },
    ),
  ]);

  const ended = await jobs.waitFor((await jobs.enqueue({ name: 'order.ship' }, {})).job.id, 10);

  expect(ended).toMatchObject({ state: 'failed', attempt: 3 });
  expect(ended.errors.map((error) => error.class)).toEqual(['RangeError', 'Throttled', 'RangeError']);
});

test('what a handler returns ends the job in its state and without another attempt', async () => {
  const jobs = await world.start([
    testJob('order.fail', async () =>
      fail({ code: 'order-unknown', message: 'order 7 does not exist', remedy: 'create it' }),
    ),
    testJob('order.discard', async () => discard('nothing to do')),
    testJob('order.cancel', async () => cancel('nobody wants it')),
  ]);

  const ids = await Promise.all(
    ['order.fail', 'order.discard', 'order.cancel'].map(async (name) => (await jobs.enqueue({ name }, {})).job.id),
  );
  const [failed, discarded, cancelled] = await Promise.all(ids.map((id) => jobs.waitFor(id, 10)));

  expect(failed).toMatchObject({
    state: 'failed',
    attempt: 1,
    errors: [{ code: 'order-unknown', message: 'order 7 does not exist', remedy: 'create it' }],
  });
  expect(discarded).toMatchObject({ state: 'discarded', attempt: 1, message: 'nothing to do', errors: [] });
  expect(cancelled).toMatchObject({ state: 'cancelled', attempt: 1, message: 'nobody wants it', errors: [] });
  await world.untilEmpty();
});

test('snoozing spends no attempt', async () => {
  let runs = 0;
  const jobs = await world.start([
    testJob('order.ship', async () => (++runs < 4 ? snooze(300) : done()), { contract: { maxAttempts: 1 } }),
  ]);

  const ended = await jobs.waitFor((await jobs.enqueue({ name: 'order.ship' }, {})).job.id, 10);

  expect({ runs, state: ended.state, attempt: ended.attempt }).toEqual({ runs: 4, state: 'completed', attempt: 1 });
});

test('follow-up jobs are enqueued once, under derived ids, as children', async () => {
  const packed: unknown[] = [];
  const jobs = await world.start([
    testJob('order.ship', async () =>
      done({
        jobs: [
          { name: 'order.pack', payload: { box: 1 } },
          { name: 'order.pack', payload: { box: 2 }, delayMs: 400 },
        ],
      }),
    ),
    testJob('order.pack', async ({ payload }) => {
      packed.push(payload);
      return done();
    }),
  ]);

  const { job } = await jobs.enqueue({ name: 'order.ship' }, {}, { meta: { tenant: 'a' } });
  await until(() => packed.length === 2);
  await jobs.republish({ from: new Date(0), to: new Date(Date.now() + 60_000) });
  await world.collections.jobs.updateOne({ _id: job.id }, { $set: { 'announce.pending': true } });
  await until(async () => (await world.record(job.id)).announce?.pending === false);

  const children = (await jobs.list({ name: 'order.pack' }, { limit: 10 })).items;
  expect(children.map(({ parentId, meta, state }) => ({ parentId, meta, state }))).toEqual(
    [0, 1].map(() => ({ parentId: job.id, meta: { tenant: 'a' }, state: 'completed' })),
  );
  expect(packed).toEqual([{ box: 1 }, { box: 2 }]);
});

test('a follow-up that no job here can take becomes a dead letter and holds nothing up', async () => {
  const jobs = await world.start([
    testJob('order.ship', async () =>
      done({ jobs: [{ name: 'order.unheard-of', payload: { box: 1 } }], events: [shipped] }),
    ),
  ]);

  await jobs.enqueue({ name: 'order.ship' }, {});
  await until(() => world.announced.length === 1);

  expect(await jobs.deadLetters.groups()).toEqual([
    expect.objectContaining({ source: 'message', name: 'order.unheard-of', code: 'job-name-unknown', count: 1 }),
  ]);
});

test('progress, message and meta are seen while the job runs and stay after it', async () => {
  const hold = gate();
  const jobs = await world.start([
    testJob('order.ship', async ({ progress, meta }) => {
      progress(0.25, 'packing');
      meta({ box: 3 });
      await hold.promise;
      meta({ sealed: true });
      return done();
    }),
  ]);

  const { job } = await jobs.enqueue({ name: 'order.ship' }, {}, { meta: { tenant: 'a' } });
  const seen = await until(async () => {
    const view = await jobs.find(job.id);
    return view.progress > 0 && view;
  });
  hold.resolve();
  const ended = await jobs.waitFor(job.id, 10);

  expect(seen).toMatchObject({ state: 'executing', progress: 0.25, message: 'packing', meta: { tenant: 'a', box: 3 } });
  expect(seen.worker).toEqual(expect.any(String));
  expect(ended).toMatchObject({ progress: 1, message: 'packing', meta: { tenant: 'a', box: 3, sealed: true } });
});

test('a run past its timeout is aborted and counts as a failed attempt', async () => {
  const reasons: unknown[] = [];
  const jobs = await world.start([
    testJob(
      'order.ship',
      async ({ signal, attempt }) => {
        if (attempt === 2) return done();
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(new Error('stopped'));
          }),
        );
        return done();
      },
      { contract: { timeoutMs: 200 }, retry: [on(Error, every(0))] },
    ),
  ]);

  const ended = await jobs.waitFor((await jobs.enqueue({ name: 'order.ship' }, {})).job.id, 10);

  expect(ended).toMatchObject({
    state: 'completed',
    attempt: 2,
    errors: [{ attempt: 1, class: 'JobTimeout', code: 'job-timeout' }],
  });
  expect(reasons).toEqual(['timeout']);
});

test('a handler that ignores its signal is left behind after the grace', async () => {
  const jobs = await world.start(
    [testJob('order.ship', () => new Promise(() => undefined), { contract: { timeoutMs: 200, maxAttempts: 1 } })],
    { concurrency: 1 },
  );

  const started = Date.now();
  const first = await jobs.waitFor((await jobs.enqueue({ name: 'order.ship' }, {})).job.id, 10);

  expect(first).toMatchObject({ state: 'failed', errors: [{ class: 'JobTimeout' }] });
  expect(Date.now() - started).toBeLessThan(3_000);
});
