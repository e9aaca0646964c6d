import { until } from '@millrace/testkit';
import { faultJobs } from '../under-test/fault-worker-under-test.ts';
import { connectTo, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { shortTiming } from '../under-test/test-job.ts';
import { effectsIn } from '../under-test/worker-under-test.ts';

const program = new URL('../under-test/fault-worker-under-test.ts', import.meta.url).pathname;
const BLOCK_MS = 4_000;

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

test('a job that blocks its event loop beyond the lease is run elsewhere, and its late end is refused', async () => {
  const definitions = (who: string) => faultJobs(who, effectsIn(world.database));
  const effects = world.database.collection('effects');
  const keyed = world.database.collection<{ _id: string; who: string }>('keyed_effects');
  const seen = (jobId: string, what: string, who: string) =>
    until(() => effects.findOne({ jobId, what, who }), { withinMs: 20_000, message: `${jobId} ${what} by ${who}` });
  const jobs = await world.start(definitions('observer'), { role: 'api' });
  // No slot is free: a blocked process that has room would swallow messages until the broker misses its heartbeats.
  const blocked = world.worker({ program, concurrency: 2 });
  const name = `worker-${blocked.pid}`;
  // A neighbour loses its lease with the loop, though it does nothing wrong.
  await jobs.enqueue({ name: 'order.stepped' }, { gate: 'a' }, { id: 'neighbour' });
  await seen('neighbour', 'started', name);
  await jobs.enqueue({ name: 'order.blocking' }, { blocks: 'worker', blockMs: BLOCK_MS }, { id: 'blocker' });
  const began = await seen('blocker', 'started', name);

  await world.start(definitions('successor'), { role: 'worker', database: await connectTo(world) });
  const again = await seen('blocker', 'started', 'successor');
  await seen('neighbour', 'started', 'successor');
  const early = await jobs.waitFor('blocker', 10);
  await until(async () => (await world.record('blocker')).announce?.pending === false);
  const stood = await world.record('blocker');
  const late = await seen('blocker', 'returned', name);
  await until(() => world.database.collection('job_workers').findOne({ pid: blocked.pid, running: [] }), {
    withinMs: 10_000,
    message: 'the blocked process has nothing in hand any more',
  });
  const after = await world.record('blocker');
  await world.database.collection('gates').insertOne({ gate: 'a' });
  const neighbour = await jobs.waitFor('neighbour', 10);
  // Whoever comes second to an effect is told so, the process that was blocked too: it looks at its gate a little later.
  await until(async () => (await effects.countDocuments({ what: 'repeated' })) === 4, {
    message: '4 effects repeated',
  });
  await blocked.kill('SIGTERM');

  const doubled = (await keyed.countDocuments()) - 4;
  process.stdout.write(
    `T7 blocked loop: blocked ${BLOCK_MS} ms, run again after ${again['at'] - began['at']} ms [lease ${shortTiming.leaseMs} + sweep ${shortTiming.sweepMs} ms], double effects ${doubled} [0], late ends accepted ${after.ends - 1} [0]\n`,
  );
  expect(late['at'].getTime() - began['at'].getTime()).toBeGreaterThanOrEqual(BLOCK_MS);
  expect(early).toMatchObject({ state: 'completed', result: 'successor', attempt: 1 });
  expect(after).toEqual(stood);
  expect(after).toMatchObject({ fence: 2, ends: 1 });
  expect(neighbour).toMatchObject({ state: 'completed', result: 'successor', attempt: 1 });
  expect(await keyed.find({}).project({ _id: 1 }).sort({ _id: 1 }).toArray()).toEqual(
    ['blocker:pack', 'blocker:reserve', 'neighbour:pack', 'neighbour:reserve'].map((_id) => ({ _id })),
  );
  expect(await effects.countDocuments({ what: 'repeated' })).toBe(4);
  expect(world.announced.map(({ id }) => id).toSorted()).toEqual(['blocker:1:0', 'neighbour:1:0']);
  expect(await world.database.collection('announced').countDocuments()).toBe(0);
  await world.untilEmpty();
}, 60_000);
