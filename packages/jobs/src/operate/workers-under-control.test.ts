import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { connectTo, gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { VersionLog } from './version-log.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const ship = { name: 'order.ship' };

function gated() {
  const hold = gate();
  const running: string[] = [];
  const definition = (who: string) =>
    testJob('order.ship', async ({ jobId }) => {
      running.push(jobId);
      await hold.promise;
      return done({ result: who });
    });
  return { definition, running, open: () => hold.resolve() };
}

const enqueue = (jobs: Jobs, count: number) =>
  Promise.all(Array.from({ length: count }, async () => (await jobs.enqueue(ship, {})).job.id));
/** The worker that has as many slots, which tells them apart here. */
const workerOf = (jobs: Jobs, slots: number) =>
  until(async () => (await jobs.workers()).find((worker) => worker.slots === slots), {
    message: `a worker of ${slots}`,
  });

test('a quiet worker ends what it runs and takes no more; its neighbour does the rest', async () => {
  const { definition, running, open } = gated();
  const one = await world.start([definition('one')], { concurrency: 3 });
  const mine = await enqueue(one, 10);
  await until(() => running.length === 3);
  const two = await world.start([definition('two')], { concurrency: 4, database: await connectTo(world) });
  const { id } = await workerOf(two, 3);

  const [first, second] = [await two.workerDesk.quiet(id), await two.workerDesk.quiet(id)];
  const quiet = await until(async () => (await two.workers()).find((worker) => worker.state === 'quiet'));
  await until(() => running.length === 7);
  open();
  await Promise.all(mine.map((job) => two.waitFor(job, 20)));
  const later = await enqueue(two, 10);
  await Promise.all(later.map((job) => two.waitFor(job, 20)));

  const results = (await two.list({}, { limit: 50 })).items.map(({ result }) => result);
  expect([first.id, second.id, quiet.id]).toEqual([id, id, id]);
  expect(quiet).toMatchObject({ slots: 3, state: 'quiet', host: expect.any(String) });
  expect(quiet).not.toHaveProperty('session');
  expect(results.filter((who) => who === 'one')).toHaveLength(3);
  expect(results.filter((who) => who === 'two')).toHaveLength(17);
});

test('a worker that is to stop is stopped as by a signal, once, and is still asked by its own heartbeat', async () => {
  const { definition, running, open } = gated();
  let stops = 0;
  const one: Jobs = await world.start([definition('one')], {
    concurrency: 3,
    onStopWish: () => {
      stops++;
      void one.stop();
    },
  });
  const ids = await enqueue(one, 5);
  await until(() => running.length === 3);
  const two = await world.start([definition('two')], { role: 'api', database: await connectTo(world) });
  const { id } = await workerOf(two, 3);

  // Without a hint: as if it had been lost.
  await world.collections.workers.updateOne({ _id: id }, { $set: { wish: 'stop' } });
  const stopping = await until(async () => (await two.workers()).find((worker) => worker.state === 'stopping'));
  const quietAgain = await two.workerDesk.quiet(id);
  open();
  await until(async () => (await two.workers()).length === 0);

  expect([stopping.id, quietAgain.state, stops]).toEqual([id, 'stopping', 1]);
  const records = await Promise.all(ids.map((job) => world.record(job)));
  expect(records.map(({ state, attempt }) => `${state} ${attempt}`).toSorted()).toEqual([
    'available 0',
    'available 0',
    'completed 1',
    'completed 1',
    'completed 1',
  ]);
});

test('a worker runs as many jobs at once as it is told, up and down', async () => {
  const { definition, running, open } = gated();
  const jobs = await world.start([definition('one')], { concurrency: 2 });
  const ids = await enqueue(jobs, 12);
  await until(() => running.length === 2);
  const { id } = await workerOf(jobs, 2);

  await jobs.workerDesk.resize(id, 7);
  await until(() => running.length === 7);
  const { slots } = await workerOf(jobs, 7);
  open();
  await Promise.all(ids.map((job) => jobs.waitFor(job, 20)));

  expect(slots).toBe(7);
});

test('a worker that was not heard of for a lease is silent, and one that nobody knows is not found', async () => {
  const jobs = await world.start([gated().definition('one')], { role: 'api' });
  await world.collections.workers.insertOne({
    _id: 'dead',
    host: 'h',
    pid: 1,
    version: '1',
    queues: [],
    slots: 1,
    running: [],
    startedAt: new Date(0),
    heartbeatAt: new Date(Date.now() - 60_000),
  });

  expect(await jobs.workers()).toMatchObject([{ id: 'dead', state: 'silent' }]);
  for (const verb of ['quiet', 'stop'] as const)
    await expect(jobs.workerDesk[verb]('nobody')).rejects.toMatchObject({ code: 'worker-not-found' });
});

test('a version is noted once by however many processes begin at once, not after a restart, and again on the way back', async () => {
  let minute = 0;
  const clock = { now: () => new Date(Date.UTC(2026, 0, 5, 12, minute)) } as DatabaseClock;
  const process = (version: string) => new VersionLog({ collections: world.collections, clock, version });
  const begin = async (...versions: string[]) => {
    const begun = versions.map(process);
    // Whoever was second looks again in its next sweep.
    for (let sweep = 0; sweep < 3; sweep++) await Promise.all(begun.map((one) => one.note()));
    minute++;
  };

  await begin('1.0', '1.0', '1.0');
  await begin('1.0');
  await begin('1.1', '1.1');
  await begin('1.0');

  const told = await process('1.2').since();
  expect(told.map(({ version, at }) => [version, at.getUTCMinutes()])).toEqual([
    ['1.0', 0],
    ['1.1', 2],
    ['1.0', 3],
  ]);
  expect(await process('1.2').since(new Date(Date.UTC(2026, 0, 5, 12, 2)))).toEqual(told.slice(1));
});
