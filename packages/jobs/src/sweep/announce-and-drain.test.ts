import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { connectTo, gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { shortTiming, testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const ship = { name: 'order.ship' };
const shipped = { type: 'order.shipped', version: 1, data: {} };

test('an end whose announcer has died is told by the relay of another replica', async () => {
  const definitions = [
    testJob('order.ship', async () => done({ events: [shipped], jobs: [{ name: 'order.pack', payload: {} }] })),
    testJob('order.pack', async () => done()),
  ];
  const mute = await world.start(definitions, {
    announce: () => new Promise(() => undefined),
    timing: { sweepMs: 600_000 },
  });
  const { job } = await mute.enqueue(ship, {});
  await mute.waitFor(job.id, 10);

  await world.start(definitions, { role: 'api', database: await connectTo(world) });
  await until(() => world.announced.length > 0);
  await until(async () => (await world.record(job.id)).announce?.pending === false);

  expect(world.announced.map(({ id, type }) => ({ id, type }))).toEqual([
    { id: `${job.id}:1:0`, type: 'order.shipped' },
  ]);
  expect((await mute.counts({ name: 'order.pack' })).completed).toBe(1);
});

test('a bus that is away holds neither acks nor jobs, and is told once when it is back', async () => {
  let isAway = true;
  const told: string[] = [];
  const jobs = await world.start([testJob('order.ship', async () => done({ events: [shipped] }))], {
    concurrency: 1,
    announce: async (events) => {
      if (isAway) throw new Error('no stream');
      told.push(...events.map(({ id }) => id));
    },
  });

  const ids = await Promise.all(Array.from({ length: 30 }, async () => (await jobs.enqueue(ship, {})).job.id));
  await Promise.all(ids.map((id) => jobs.waitFor(id, 20)));
  await world.untilEmpty();
  const pending = await world.collections.jobs.countDocuments({ 'announce.pending': true });
  isAway = false;
  await until(async () => (await world.collections.jobs.countDocuments({ 'announce.pending': true })) === 0);

  expect(pending).toBe(30);
  expect(told.toSorted()).toEqual(ids.map((id) => `${id}:1:0`).toSorted());
});

test('what was announced can be announced again under its old ids', async () => {
  const jobs = await world.start([
    testJob('order.ship', async () => done({ events: [shipped] })),
    testJob('order.pack', async () => done()),
  ]);
  const ids = await Promise.all([1, 2, 3].map(async () => (await jobs.enqueue(ship, {})).job.id));
  await jobs.enqueue({ name: 'order.pack' }, {});
  await until(() => world.announced.length === 3);
  await until(async () => (await world.collections.jobs.countDocuments({ 'announce.pending': true })) === 0);

  const told = await jobs.republish({ from: new Date(0), to: new Date(Date.now() + 60_000) });
  await until(() => world.announced.length === 6);

  expect(told).toBe(3);
  expect(new Set(world.announced.map(({ id }) => id))).toEqual(new Set(ids.map((id) => `${id}:1:0`)));
});

test('stopping lets what runs finish, returns what was not begun, and acknowledges', async () => {
  const hold = gate();
  const runs: string[] = [];
  const jobs = await world.start(
    [
      testJob('order.ship', async ({ jobId, signal }) => {
        runs.push(jobId);
        await hold.promise;
        return done({ result: signal.aborted });
      }),
    ],
    // Nothing is overdue here: under load the broker may say that a full lane is empty, and the sweeper would ring twice.
    { concurrency: 2, timing: { ...shortTiming, redispatchMs: 60_000 } },
  );
  const ids = await Promise.all(Array.from({ length: 10 }, async () => (await jobs.enqueue(ship, {})).job.id));
  await until(() => runs.length === 2);

  const stopping = jobs.stop();
  // Returned at once, not when the last run is over.
  await until(async () => expect(await world.depths()).toMatchObject({ std: 8 }) === undefined, {
    message: 'the eight that were not begun are back',
  });
  hold.resolve();
  await stopping;

  const records = await Promise.all(ids.map((id) => world.record(id)));
  expect(
    records
      .filter(({ state }) => state === 'completed')
      .map(({ _id, result }) => ({ _id, result }))
      .toSorted((a, b) => a._id.localeCompare(b._id)),
  ).toEqual(runs.toSorted().map((_id) => ({ _id, result: false })));
  expect(records.filter(({ state }) => state === 'available').map(({ attempt, n }) => ({ attempt, n }))).toEqual(
    Array.from({ length: 8 }, () => ({ attempt: 0, n: 1 })),
  );
  expect(await world.depths()).toMatchObject({ std: 8, hi: 0, lo: 0, retry: 0, dead: 0 });
  expect(await world.collections.workers.countDocuments()).toBe(0);
});

test('what outlives the drain is aborted and handed back with its attempt unspent', async () => {
  const reasons: unknown[] = [];
  const stubborn = testJob('order.pack', () => new Promise(() => undefined));
  const heeding = testJob(
    'order.ship',
    ({ signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(new Error('stopped'));
        }),
      ),
  );
  const jobs = await world.start([heeding, stubborn], { drainMs: 300 });
  const ids = await Promise.all(
    ['order.ship', 'order.pack'].map(async (name) => (await jobs.enqueue({ name }, {})).job.id),
  );
  await until(async () => (await jobs.counts()).executing === 2);

  await jobs.stop();
  const handedBack = await Promise.all(ids.map((id) => world.record(id)));
  const successor = await world.start(
    [testJob('order.ship', async () => done()), testJob('order.pack', async () => done())],
    { database: await connectTo(world) },
  );
  const ended = await Promise.all(ids.map((id) => successor.waitFor(id, 10)));

  expect(reasons).toEqual(['shutdown']);
  expect(handedBack.map(({ state, attempt, crashes, n, lease }) => ({ state, attempt, crashes, n, lease }))).toEqual(
    ids.map(() => ({ state: 'available', attempt: 0, crashes: 0, n: 2, lease: undefined })),
  );
  expect(ended.map(({ state, attempt, crashes, errors }) => ({ state, attempt, crashes, errors }))).toEqual(
    ids.map(() => ({ state: 'completed', attempt: 1, crashes: 0, errors: [] })),
  );
  await world.untilEmpty();
});

test('stop is safe before start and twice, and start after it does nothing', async () => {
  const never = world.make([testJob('order.ship', async () => done())], { database: await connectTo(world) });
  await Promise.all([never.stop(), never.stop()]);
  await never.start();
  expect(never.troubles().some((trouble) => trouble.startsWith('rabbitmq'))).toBe(true);

  const jobs = await world.start([testJob('order.ship', async () => done())]);
  await jobs.start();
  await Promise.all([jobs.stop(), jobs.stop()]);
  await jobs.stop();

  await jobs.enqueue(ship, {});
  expect(await jobs.counts()).toMatchObject({ available: 1 });
});

test('a worker is listed with its runs while it is there', async () => {
  const hold = gate();
  const jobs = await world.start([
    testJob('order.ship', async () => {
      await hold.promise;
      return done();
    }),
  ]);
  const { job } = await jobs.enqueue(ship, {});

  const worker = await until(async () => (await jobs.workers()).find(({ running }) => running.includes(job.id)));
  hold.resolve();

  expect(worker).toMatchObject({ pid: process.pid, slots: 25, queues: ['orders.main'] });
  expect((await jobs.waitFor(job.id, 10)).state).toBe('completed');
});

test('the ledger finds a record that was deleted behind its back, an end written twice and a job that nothing will wake', async () => {
  const jobs = await world.start([testJob('order.ship', async () => done())], { timing: { sweepMs: 600_000 } });
  const ids = await Promise.all(Array.from({ length: 4 }, async () => (await jobs.enqueue(ship, {})).job.id));
  await Promise.all(ids.map((id) => jobs.waitFor(id, 10)));
  const imbalance = async () => (await jobs.ledger()).map((item) => item.imbalance);
  const [lost = '', twice = '', asleep = '', unowned = ''] = ids;

  expect(await imbalance()).toEqual([0]);
  await world.collections.jobs.deleteOne({ _id: lost });
  expect(await imbalance()).toEqual([1]);
  await world.collections.jobs.updateOne({ _id: twice }, { $inc: { ends: 1 } });
  expect(await imbalance()).toEqual([2]);
  await world.collections.jobs.updateOne({ _id: asleep }, { $set: { state: 'available' } });
  expect(await imbalance()).toEqual([3]);
  await world.collections.jobs.updateOne({ _id: unowned }, { $set: { state: 'executing' } });
  expect(await imbalance()).toEqual([4]);
});

test('two runtimes share the work of one queue, and every job runs once', async () => {
  const runs: string[] = [];
  const definitions = (who: string) => [
    testJob('order.ship', async ({ jobId }) => {
      runs.push(jobId);
      await new Promise(setImmediate);
      return done({ result: who });
    }),
  ];
  const one = await world.start(definitions('one'), { concurrency: 5 });
  await world.start(definitions('two'), { concurrency: 5, database: await connectTo(world) });

  const ids = await Promise.all(
    Array.from(
      { length: 200 },
      async (_, i) => (await one.enqueue(ship, { i }, { lane: (['hi', 'std', 'lo'] as const)[i % 3] ?? 'std' })).job.id,
    ),
  );
  await until(async () => (await one.counts()).completed === ids.length, { withinMs: 30_000, everyMs: 100 });

  expect(runs.toSorted()).toEqual(ids.toSorted());
  const results = await world.collections.jobs.distinct('result');
  expect(results.toSorted()).toEqual(['one', 'two']);
  expect((await one.ledger())[0]).toMatchObject({ accepted: 200, succeeded: 200, imbalance: 0 });
  await world.untilEmpty();
});
