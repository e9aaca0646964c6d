import { fileURLToPath } from 'node:url';
import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { effectsIn } from '../under-test/worker-under-test.ts';
import { countingJobs } from './counting-worker-under-test.ts';

const program = fileURLToPath(new URL('counting-worker-under-test.ts', import.meta.url));
const TOTAL = 300;

let world: World;

beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const counted = (what = 'counted') => world.database.collection('effects').find({ what }).toArray();
const untilCounted = (atLeast: number) =>
  until(async () => (await counted()).length >= atLeast, { withinMs: 20_000, message: `${atLeast} are counted` });

/** How often each number was counted. */
const times = async () => {
  const numbers = (await counted()).map(({ i }) => i as number);
  return Array.from({ length: TOTAL }, (_, i) => numbers.filter((number) => number === i).length);
};

test('a loop resumes at its last checkpoint when its process is killed, and repeats at most what it was doing', async () => {
  const api = await world.start(countingJobs('api', effectsIn(world.database)), { role: 'api' });
  const { job } = await api.command('order.count', { total: TOTAL });
  const first = world.worker({ program });
  await untilCounted(40);
  await first.kill('SIGKILL');
  world.worker({ program });

  const ended = await api.waitFor(job.id, 30);
  const repeats = (await times()).map((count) => count - 1);

  expect(ended).toMatchObject({ state: 'completed', attempt: 1, crashes: 1 });
  expect(Math.min(...repeats)).toBe(0);
  expect(repeats.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1);
  expect((ended.result as { from: number }).from).toBeGreaterThanOrEqual(39);
  expect(await counted('prepared')).toHaveLength(1);
});

test('a loop that heeds the shutdown is released there, spends no attempt, and repeats nothing', async () => {
  const jobsOf = (who: string) => countingJobs(who, effectsIn(world.database));
  const first = await world.start(jobsOf('first'), { drainMs: 50 });
  const { job } = await first.command('order.count', { total: TOTAL });
  await untilCounted(40);
  await first.stop();
  const second = await world.start(jobsOf('second'));

  expect(await second.waitFor(job.id, 20)).toMatchObject({ state: 'completed', attempt: 1, crashes: 0, errors: [] });
  expect(await times()).toEqual(Array(TOTAL).fill(1));
  expect(await counted('prepared')).toHaveLength(1);
});

test('a checkpoint is any JSON, seen by the same run at once, and refused when it is none or too large', async () => {
  const seen: unknown[] = [];
  const jobs = await world.start([
    testJob('order.ship', async (run) => {
      seen.push(run.cursor);
      for (const cursor of [0, null, { page: 2, $where: ['a.b'] }]) {
        await run.checkpoint(cursor);
        seen.push(run.cursor);
      }
      seen.push(await run.checkpoint(undefined).catch((error: Error) => error.message));
      seen.push(await run.checkpoint('x'.repeat(70_000)).catch((error: Error) => error.message));
      return done({ result: run.cursor });
    }),
  ]);
  const { job } = await jobs.command('order.ship', {});

  expect(await jobs.waitFor(job.id, 10)).toMatchObject({ state: 'completed', result: { page: 2, $where: ['a.b'] } });
  expect(seen).toEqual([
    undefined,
    0,
    null,
    { page: 2, $where: ['a.b'] },
    'a checkpoint is JSON; got undefined',
    expect.stringContaining('at most 65536 are allowed'),
  ]);
});
