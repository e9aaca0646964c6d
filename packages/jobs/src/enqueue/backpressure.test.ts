import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

const JOBS = 2_000;
const LANE = 200;
/** Limits are soft: what was on its way when the lane was full is taken too. */
const WINDOW = 256;

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

test('while nobody consumes, what the broker refuses waits in the records, and all of it is done afterwards', async () => {
  const runs = new Set<string>();
  let times = 0;
  const ship = testJob('order.ship', async ({ jobId }) => {
    times++;
    runs.add(jobId);
    return done();
  });
  const jobs = await world.start([ship], { maxQueueLength: LANE });
  await jobs.queueDesk.pause('orders.main', { by: 'test' });
  const heapMb = () => process.memoryUsage().heapUsed / 1_048_576;
  const before = heapMb();

  const began = performance.now();
  for (let sent = 0; sent < JOBS; sent += 100)
    await Promise.all(Array.from({ length: 100 }, () => jobs.enqueue({ name: 'order.ship' }, {})));
  const perSecond = Math.round(JOBS / ((performance.now() - began) / 1_000));
  const refusals = () => world.logs.filter(({ message }) => message === 'job waits in its record').length;
  await until(async () => refusals() + ((await world.depths())['std'] ?? 0) >= JOBS, { withinMs: 10_000 });
  const [refused, ready, grown] = [refusals(), (await world.depths())['std'] ?? 0, heapMb() - before];
  await jobs.queueDesk.resume('orders.main', { by: 'test' });
  await until(async () => (await jobs.counts()).completed === JOBS, { withinMs: 40_000, everyMs: 200 });

  process.stdout.write(
    `T17 backpressure: ${JOBS} jobs at ${perSecond}/s, refused publishes ${refused}, broker ready ${ready} [${LANE + WINDOW}], producer heap ${grown < 0 ? '' : '+'}${grown.toFixed(1)} MiB, lost ${JOBS - runs.size} [0], doubled ${times - runs.size} [0]\n`,
  );
  expect(refused).toBeGreaterThan(0);
  expect(ready).toBeLessThanOrEqual(LANE + WINDOW);
  expect(ready + refused).toBe(JOBS);
  expect([runs.size, times]).toEqual([JOBS, JOBS]);
  expect((await jobs.ledger())[0]).toMatchObject({ accepted: JOBS, succeeded: JOBS, imbalance: 0 });
});
