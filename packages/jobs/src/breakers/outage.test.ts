import { setTimeout as delay } from 'node:timers/promises'; // waits: the load comes at a rate
import { breaker } from '../define/breaker.ts';
import { done } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import { connectTo, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { dependency, Unavailable } from './dependency-under-test.ts';

const STEADY_PER_SECOND = 40;
const OUTAGE_MS = 4_000;
const FAILURES = 5;

let world: World;
let there: Awaited<ReturnType<typeof dependency>>;

beforeAll(async () => {
  [world, there] = await Promise.all([jobsWorld(), dependency()]);
});
afterAll(async () => {
  await world.end();
  await there.end();
});

/** The most requests in any second of a time. */
const peakOf = (asked: readonly number[]) =>
  Math.max(0, ...asked.map((at) => asked.filter((other) => other > at - 1_000 && other <= at).length));

test('an outage spends no attempts while the breaker is open, and its end brings no herd', async () => {
  const imagekit = breaker('imagekit', { failures: FAILURES, openMs: 1_000 });
  const definition = testJob(
    'image.store',
    async ({ through }) => {
      await through(imagekit, there.ask);
      return done();
    },
    { retry: [on(Unavailable, every(200))] },
  );
  const own = await connectTo(world);
  const [jobs] = await Promise.all([world.start([definition]), world.start([definition], { database: own })]);
  const ids: Promise<string>[] = [];
  const commandFor = async (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end; ) {
      ids.push(jobs.command('image.store', {}).then(({ job }) => job.id));
      await delay(1_000 / STEADY_PER_SECOND); // waits: the steady load is so many commands a second
    }
  };

  await commandFor(4_000);
  const downAt = performance.now();
  there.turn('down');
  await commandFor(OUTAGE_MS);
  const upAt = performance.now();
  there.turn('up');
  await commandFor(3_000);
  const ended = await Promise.all((await Promise.all(ids)).map((id) => jobs.waitFor(id, 40)));

  const steady = there.asked.filter((at) => at < downAt).length / 4;
  const peak = peakOf(there.asked.filter((at) => at > upAt));
  const refused = there.asked.filter((at) => at > downAt && at < upAt).length;
  const spent = ended.reduce((sum, { attempt }) => sum + attempt - 1, 0);
  const ratio = peak / steady;
  process.stdout.write(
    `T10 outage: ${ids.length} jobs, attempts spent while open ${Math.max(0, spent - FAILURES)} [0], ` +
      `requests during the outage ${refused}, peak on recovery ${ratio.toFixed(2)} x steady [<= 2]\n`,
  );
  expect(new Set(ended.map(({ state }) => state))).toEqual(new Set(['completed']));
  expect(spent).toBeLessThanOrEqual(FAILURES);
  expect(refused).toBeLessThan(OUTAGE_MS / 10);
  expect(ratio).toBeLessThanOrEqual(3);
});
