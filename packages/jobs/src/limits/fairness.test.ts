import { setTimeout as delay } from 'node:timers/promises'; // waits: the work of a job takes a moment
import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

const LOUD_JOBS = 2_000;
const QUIET_JOBS = 20;
const QUIET = ['b', 'c', 'd', 'e', 'f'];

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const fair = testJob(
  'order.fair',
  async () => {
    await delay(10);
    return done();
  },
  { fair: { tenant: ({ who }) => String(who) } },
);

test('T13: a tenant with two thousand jobs does not keep the others waiting', async () => {
  const jobs = await world.start([fair], { concurrency: 10 });
  const command = (who: string, many: number) =>
    Promise.all(Array.from({ length: many }, () => jobs.enqueue({ name: 'order.fair' }, { who })));
  const quiet = () => Promise.all(QUIET.map((who) => command(who, QUIET_JOBS)));
  const ended = (tenants: string[]) =>
    world.collections.jobs.countDocuments({ tenant: { $in: tenants }, state: 'completed' });

  await quiet();
  await until(async () => (await ended(QUIET)) === QUIET.length * QUIET_JOBS, {
    withinMs: 60_000,
    message: 'the quiet alone',
  });
  const aloneMs = quantile(await waits(QUIET), 0.99);
  await world.collections.jobs.deleteMany({});
  await command('a', LOUD_JOBS);
  await quiet();
  await until(async () => (await ended(QUIET)) === QUIET.length * QUIET_JOBS, {
    withinMs: 60_000,
    message: 'the quiet beside the loud',
  });
  const besideMs = quantile(await waits(QUIET), 0.99);
  const jain = jainIndex(await shares());

  process.stdout.write(
    `T13 fairness: quiet tenants' wait p99 ${Math.round(besideMs)} ms beside ${LOUD_JOBS} of another, ${Math.round(aloneMs)} ms alone, ratio ${(besideMs / aloneMs).toFixed(1)} [5], Jain index ${jain.toFixed(2)} [0.8]\n`,
  );
  expect(besideMs / aloneMs).toBeLessThanOrEqual(5);
  expect(jain).toBeGreaterThan(0.8);
}, 150_000);

async function waits(tenants: string[]): Promise<number[]> {
  const records = await world.collections.jobs.find({ tenant: { $in: tenants } }).toArray();
  return records.map(({ startedAt, createdAt }) => (startedAt?.getTime() ?? 0) - createdAt.getTime());
}

/** Starts per tenant from the first command of the quiet ones to their last start. */
async function shares(): Promise<number[]> {
  const quiet = await world.collections.jobs.find({ tenant: { $in: QUIET } }).toArray();
  const from = Math.min(...quiet.map(({ createdAt }) => createdAt.getTime()));
  const to = Math.max(...quiet.map(({ startedAt }) => startedAt?.getTime() ?? 0));
  const loud = await world.collections.jobs.countDocuments({
    tenant: 'a',
    startedAt: { $gte: new Date(from), $lte: new Date(to) },
  });
  return [loud, ...QUIET.map(() => QUIET_JOBS)];
}

const quantile = (values: number[], q: number) =>
  values.sort((a, b) => a - b)[Math.ceil(q * values.length) - 1] ?? Number.NaN;

function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  return sum ** 2 / (values.length * values.reduce((total, value) => total + value ** 2, 0));
}
