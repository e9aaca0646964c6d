import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

const JOBS = 1_000;
/** What is refused is overdue after the test only. */
const options = { maxQueueLength: 200, timing: { redispatchMs: 600_000 } };

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

test('what full lanes have refused to two processes runs as the lanes empty, long before it is overdue, and once', async () => {
  const runs: string[] = [];
  const ship = testJob('order.ship', async ({ jobId }) => {
    runs.push(jobId);
    return done();
  });
  const [ann, ben] = await Promise.all([
    world.start([ship], { ...options, role: 'api' }),
    world.start([ship], { ...options, role: 'api' }),
  ]);
  const command = (index: number) => (index % 2 === 0 ? ann : ben).enqueue({ name: 'order.ship' }, {});
  for (let sent = 0; sent < JOBS; sent += 100)
    await Promise.all(Array.from({ length: 100 }, (_, index) => command(index)));
  const refusals = () => world.logs.filter(({ message }) => message === 'job waits in its record').length;
  await until(async () => refusals() + ((await world.depths())['std'] ?? 0) >= JOBS, { withinMs: 10_000 });
  const refused = refusals();

  const worker = await world.start([ship], { ...options, role: 'worker' });
  await until(async () => (await worker.counts()).completed === JOBS, { withinMs: 40_000, everyMs: 200 });

  expect(refused).toBeGreaterThan(JOBS / 2);
  const rungAgain = await world.collections.jobs.countDocuments({ dispatches: { $gt: 1 } });
  expect(rungAgain).toBeGreaterThanOrEqual(refused);
  // Of those that the lane took, only what was left in it when there was room again.
  expect(rungAgain).toBeLessThanOrEqual(refused + options.maxQueueLength / 5);
  expect([runs.length, new Set(runs).size]).toEqual([JOBS, JOBS]);
  expect(await world.collections.jobs.distinct('attempt')).toEqual([1]);
  expect((await worker.ledger())[0]).toMatchObject({ accepted: JOBS, succeeded: JOBS, imbalance: 0 });
  await world.untilEmpty();
});

test('after one refusal, jobs that come later and wait are rung for once', async () => {
  const gate = Promise.withResolvers<void>();
  const isHeld = { now: false };
  const ship = testJob('order.ship', async () => {
    if (isHeld.now) await gate.promise;
    return done();
  });
  const api = await world.start([ship], { ...options, role: 'api' });
  const command = (count: number) =>
    Promise.all(Array.from({ length: count }, () => api.enqueue({ name: 'order.ship' }, {})));
  const isRefused = () => world.logs.some(({ message }) => message === 'job waits in its record');
  await until(async () => (await command(50)) && isRefused());
  const worker = await world.start([ship], { ...options, role: 'worker', concurrency: 5 });
  await until(async () => (await worker.counts()).available === 0, { withinMs: 20_000 });

  isHeld.now = true;
  const later = (await command(20)).map(({ job }) => job.id);
  const begunAt = Date.now();
  // As long as jobs of a lane that was full are looked for once more.
  await until(() => Date.now() - begunAt > 4_000);

  const found = await world.collections.jobs.find({ _id: { $in: later } }).toArray();
  expect([...new Set(found.map(({ dispatches }) => dispatches))]).toEqual([1]);
  gate.resolve();
  await until(async () => (await worker.counts()).available === 0);
  await world.untilEmpty();
});
