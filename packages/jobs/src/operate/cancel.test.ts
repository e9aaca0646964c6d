import { until } from '@millrace/testkit';
import type { JobDefinition } from '../define/define-job.ts';
import { done } from '../define/outcome.ts';
import { connectTo, gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const ship = { name: 'order.ship' };

/** Runs until it is told to stop. */
const patient = (reasons: unknown[] = [], onEnd?: JobDefinition<Record<string, unknown>>['onEnd']) =>
  testJob(
    'order.ship',
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(new Error('stopped'));
        });
      }),
    onEnd ? { onEnd } : {},
  );
const isRunning = (id: string) => until(async () => (await world.record(id)).state === 'executing');

test('cancelling a waiting job ends it at once, tells onEnd and leaves nothing to run', async () => {
  let runs = 0;
  const jobs = await world.start([
    testJob(
      'order.ship',
      async () => {
        runs++;
        return done();
      },
      { onEnd: (_job, end) => ({ events: [{ type: 'order.over', version: 1, data: end }] }) },
    ),
  ]);

  const { job } = await jobs.enqueue(ship, {}, { runAt: new Date(Date.now() + 600) });
  const cancelled = await jobs.cancel(job.id);
  const again = await jobs.cancel(job.id);
  const later = await jobs.enqueue(ship, {}, { runAt: new Date(Date.now() + 700) });
  await jobs.waitFor(later.job.id, 10);

  expect(cancelled).toMatchObject({ state: 'cancelled', message: 'cancelled before it ran', attempt: 0 });
  expect(again).toEqual(cancelled);
  expect(runs).toBe(1);
  expect(world.announced[0]).toMatchObject({ id: `${job.id}:1:0`, data: { state: 'cancelled' } });
});

test('cancelling a running job aborts its signal and ends it as cancelled', async () => {
  const reasons: unknown[] = [];
  const jobs = await world.start([patient(reasons)]);

  const { job } = await jobs.enqueue(ship, {});
  await isRunning(job.id);
  const asked = await jobs.cancel(job.id);
  const ended = await jobs.waitFor(job.id, 5);

  expect(asked).toMatchObject({ state: 'executing', cancelRequestedAt: expect.any(String) });
  expect(ended).toMatchObject({ state: 'cancelled', errors: [] });
  expect(reasons).toEqual(['cancelled']);
  await world.untilEmpty();
});

test('a job that runs on another node is cancelled from here', async () => {
  const reasons: unknown[] = [];
  const definition = patient(reasons);
  await world.start([definition], { role: 'worker' });
  const here = await world.start([definition], { role: 'api', database: await connectTo(world) });

  const { job } = await here.enqueue(ship, {});
  await isRunning(job.id);
  const asked = Date.now();
  await here.cancel(job.id);

  expect(await here.waitFor(job.id, 5)).toMatchObject({ state: 'cancelled' });
  expect(reasons).toEqual(['cancelled']);
  expect(Date.now() - asked).toBeLessThan(2_000);
});

test('the heartbeat brings the wish when no hint comes', async () => {
  const reasons: unknown[] = [];
  const jobs = await world.start([patient(reasons)]);

  const { job } = await jobs.enqueue(ship, {});
  await isRunning(job.id);
  await world.collections.jobs.updateOne({ _id: job.id }, { $currentDate: { cancelRequestedAt: true } });

  expect(await jobs.waitFor(job.id, 5)).toMatchObject({ state: 'cancelled' });
  expect(reasons).toEqual(['cancelled']);
});

test('of a finish and a cancel at once exactly one wins, and a finish is never undone', async () => {
  const holds = new Map<string, ReturnType<typeof gate<void>>>();
  const jobs = await world.start([
    testJob(
      'order.ship',
      async ({ jobId }) => {
        const hold = gate();
        holds.set(jobId, hold);
        await hold.promise;
        return done({ result: 'made' });
      },
      { onEnd: (job) => ({ events: [{ type: 'order.over', version: 1, data: { job: job.jobId } }] }) },
    ),
  ]);
  const ids = Array.from({ length: 50 }, (_, i) => `race-${i}`);

  const ended = [];
  for (const id of ids) {
    await jobs.enqueue(ship, {}, { id });
    const hold = await until(() => holds.get(id), { everyMs: 1 });
    const asking = jobs.cancel(id);
    if (ended.length % 2 === 0) await new Promise(setImmediate);
    hold.resolve();
    await asking;
    ended.push(await jobs.waitFor(id, 5));
  }
  await until(() => world.announced.length >= ids.length);

  // The handler returned in each of them, so each has been made, whatever was wished.
  expect(ended.map(({ state, result }) => ({ state, result }))).toEqual(
    ids.map(() => ({ state: 'completed', result: 'made' })),
  );
  expect((await world.collections.jobs.find({}).toArray()).map(({ ends }) => ends)).toEqual(ids.map(() => 1));
  expect(new Set(world.announced.map(({ id }) => id)).size).toBe(ids.length);
});

test('a job that was asked to stop and throws is not run again', async () => {
  const hold = gate();
  let runs = 0;
  const jobs = await world.start([
    testJob('order.ship', async () => {
      runs++;
      await hold.promise;
      throw new Error('at the same moment');
    }),
  ]);

  const { job } = await jobs.enqueue(ship, {});
  await isRunning(job.id);
  await world.collections.jobs.updateOne({ _id: job.id }, { $currentDate: { cancelRequestedAt: true } });
  hold.resolve();

  expect(await jobs.waitFor(job.id, 5)).toMatchObject({ state: 'cancelled' });
  expect(runs).toBe(1);
});

test('a cancelled job can be run again and forgets the wish', async () => {
  let runs = 0;
  const jobs = await world.start([
    testJob('order.ship', async ({ attempt }) => {
      runs++;
      return done({ result: attempt });
    }),
  ]);

  const { job } = await jobs.enqueue(ship, {}, { runAt: new Date(Date.now() + 3_600_000) });
  await jobs.cancel(job.id);
  await jobs.retry(job.id);

  expect(await jobs.waitFor(job.id, 5)).toMatchObject({
    id: job.id,
    state: 'completed',
    result: 1,
    cancelRequestedAt: null,
  });
  expect(runs).toBe(1);
  expect(await jobs.ledger()).toEqual([
    expect.objectContaining({ accepted: 1, succeeded: 1, cancelled: 0, imbalance: 0 }),
  ]);
  await expect(jobs.retry(job.id)).rejects.toMatchObject({ code: 'job-state-conflict' });
});

test('a heartbeat that arrives after the end changes nothing', async () => {
  const jobs = await world.start([
    testJob('order.ship', async ({ progress }) => {
      progress(0.5, 'half way');
      await until(async () => true);
      return done({ result: 1 });
    }),
  ]);

  const { job } = await jobs.enqueue(ship, {});
  const ended = await jobs.waitFor(job.id, 5);
  // Longer than a said word and a heartbeat may take.
  const { job: later } = await jobs.enqueue(ship, {}, { runAt: new Date(Date.now() + 800) });
  await jobs.waitFor(later.id, 5);

  expect(await jobs.find(job.id)).toEqual(ended);
  expect(ended).toMatchObject({ progress: 1, message: 'half way', state: 'completed' });
  expect((await world.record(job.id)).lease).toBeUndefined();
});
