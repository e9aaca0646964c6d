import { setTimeout as delay } from 'node:timers/promises'; // waits: processes live a while between two kills
import { fileURLToPath } from 'node:url';
import { until } from '@millrace/testkit';
import { concurrency } from '../define/limit-rules.ts';
import { done } from '../define/outcome.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

const JOBS = 200;
const KILLS = 6;
const MAX = 3;
/** A process that a busy machine holds up for longer than its lease is a zombie, whose run counts no more; here none is to be one. */
const timing = { leaseMs: 5_000, heartbeatMs: 500 };
const program = fileURLToPath(new URL('limited-worker-under-test.ts', import.meta.url));
/** The same promise as the workers', in a process that only commands. */
const limited = testJob('order.limited', async () => done(), {
  limits: [concurrency({ key: () => 'press', max: MAX })],
});

type Mark = { jobId: string; who: string; what: 'start' | 'stop'; at: Date };

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

test('T12: two hundred jobs under a limit of three, over four processes that are killed in turn', async () => {
  const api = await world.start([limited], { role: 'api', timing });
  const workers = Array.from({ length: 4 }, () => world.worker({ isKeptAlive: true, concurrency: 8, program, timing }));
  await Promise.all(Array.from({ length: JOBS }, () => api.enqueue({ name: 'order.limited' }, {})));
  const deaths = new Map<string, number>();
  for (let kill = 0; kill < KILLS; kill++) {
    await until(async () => (await marks()).length > (kill + 1) * 15, { withinMs: 60_000, message: 'work goes on' });
    const worker = workers[kill % workers.length];
    const who = `worker-${worker?.pid}`;
    await worker?.kill('SIGKILL');
    deaths.set(who, Date.now());
    // waits: for the successor to start, so that kills meet all phases of a process
    await delay(500);
  }
  const isDone = async () => (await world.collections.jobs.countDocuments({ state: 'completed' })) === JOBS;
  await until(isDone, { withinMs: 120_000, message: 'all jobs are done', everyMs: 100 });
  await until(async () => (await leaked()) === 0, { withinMs: 20_000, message: 'no slot is held' });

  const observed = mostAtOnce(await marks(), deaths);
  const ends = await world.collections.jobs.countDocuments({ ends: 1 });
  const waiting = await world.collections.waiters.countDocuments({});
  process.stdout.write(
    `T12 limits: max observed ${observed} [${MAX}], leaked slots ${await leaked()} [0], ended once ${ends} [${JOBS}], kills ${deaths.size}\n`,
  );
  expect([observed, ends, waiting]).toEqual([MAX, JOBS, 0]);
}, 150_000);

const marks = () => world.database.collection('effects').find<Mark>({}).toArray();

const leaked = () => world.collections.slots.countDocuments({ until: { $gt: new Date() } });

/** How many ran at the same time; a run without an end ended with its process. */
function mostAtOnce(all: readonly Mark[], deaths: ReadonlyMap<string, number>): number {
  const changes = all.map(({ what, at }) => ({ at: at.getTime(), by: what === 'start' ? 1 : -1 }));
  const isStopped = new Set(all.filter(({ what }) => what === 'stop').map(({ jobId, who }) => `${jobId} ${who}`));
  for (const { what, jobId, who, at } of all)
    if (what === 'start' && !isStopped.has(`${jobId} ${who}`))
      changes.push({ at: deaths.get(who) ?? at.getTime(), by: -1 });
  let running = 0;
  let most = 0;
  for (const { by } of changes.sort((one, other) => one.at - other.at || one.by - other.by)) {
    running += by;
    most = Math.max(most, running);
  }
  return most;
}
