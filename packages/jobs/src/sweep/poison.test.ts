import { until } from '@millrace/testkit';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { dangerousJobs, effectsIn } from '../under-test/worker-under-test.ts';

const INNOCENTS = 400;
const WINDOW_MS = 500;

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

/** Ended jobs in each half second, from the first to the last. */
function perWindow(times: readonly number[]): number[] {
  const first = Math.min(...times);
  const windows = Math.ceil((Math.max(...times) - first + 1) / WINDOW_MS);
  const windowOf = (at: number) => Math.floor((at - first) / WINDOW_MS);
  return Array.from({ length: windows }, (_, window) => times.filter((at) => windowOf(at) === window).length);
}

const untilCompleted = (jobs: Jobs, times: number) =>
  until(async () => (await jobs.counts()).completed >= times, {
    withinMs: 60_000,
    everyMs: 100,
    message: `${times} innocents are completed`,
  });

test('one poisonous job among hundreds kills two processes, then only its own, and spends nobody else’s attempts', async () => {
  const jobs = await world.start(dangerousJobs('observer', effectsIn(world.database)), { role: 'api' });
  const workers = [1, 2].map(() => world.worker({ isKeptAlive: true, hasQuarantine: true, concurrency: 10 }));
  await Promise.all(
    Array.from({ length: INNOCENTS }, (_, i) => jobs.enqueue({ name: 'order.quick' }, {}, { id: `innocent-${i}` })),
  );
  // Both workers have their hands full when it strikes.
  await untilCompleted(jobs, 30);
  await jobs.enqueue({ name: 'order.exit' }, {}, { id: 'poison', lane: 'hi' });

  const poison = await jobs.waitFor('poison', 60);
  await untilCompleted(jobs, INNOCENTS);

  const records = await world.collections.jobs.find({ name: 'order.quick' }).toArray();
  const { crashes, loneCrashes, ends } = await world.record('poison');
  const spent = records.filter(({ attempt, failures }) => attempt !== 1 || Object.keys(failures).length > 0).length;
  const dead =
    records.filter(({ state }) => state !== 'completed').length +
    (await world.collections.deadLetters.countDocuments());
  const suspected = records.filter((record) => record.crashes > 0).length;
  const rates = perWindow(records.map(({ endedAt }) => endedAt?.getTime() ?? 0));
  process.stdout.write(
    `T8 poison: innocents dead-lettered ${dead} [0], attempts of innocents spent ${spent} [0], poison runs before quarantine ${crashes - loneCrashes} [2], alone ${loneCrashes + 1} [3], innocents in a killed process ${suspected} of ${INNOCENTS}, ended per ${WINDOW_MS} ms: most ${Math.max(...rates)}, least ${Math.min(...rates)}\n`,
  );
  expect({ dead, spent }).toEqual({ dead: 0, spent: 0 });
  expect(poison).toMatchObject({ state: 'failed', attempt: 1 });
  expect(poison.errors.at(-1)).toMatchObject({ code: 'poison' });
  // The third crash alone is told by the end itself.
  expect({ shared: crashes - loneCrashes, alone: loneCrashes + 1, ends }).toEqual({ shared: 2, alone: 3, ends: 1 });
  // Only the two shared runs cost a worker; the lone ones killed processes of their own.
  expect(workers.reduce((sum, { starts }) => sum + starts, 0)).toBe(4);
  expect((await jobs.ledger()).map(({ imbalance }) => imbalance)).toEqual([0, 0, 0]);
  await world.untilEmpty();
}, 180_000);
