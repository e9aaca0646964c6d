import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { connectTo, gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { shortTiming, testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const ship = { name: 'order.ship' };
const me = { by: 'ada' };
const main = 'orders.main';
/** Nothing is overdue here: the sweeper would ring for what waits on purpose. */
const patient = { timing: { ...shortTiming, redispatchMs: 60_000 } };

/** Jobs that stand still until their gate is opened. */
function gated() {
  const hold = gate();
  const running = new Set<string>();
  const peak = { most: 0 };
  const definition = testJob('order.ship', async ({ jobId }) => {
    running.add(jobId);
    peak.most = Math.max(peak.most, running.size);
    await hold.promise;
    running.delete(jobId);
    return done();
  });
  return { definition, running, peak, open: () => hold.resolve() };
}

const quick = testJob('order.ship', async () => done());
const enqueue = (jobs: Jobs, count: number, options: object = {}) =>
  Promise.all(Array.from({ length: count }, async () => (await jobs.enqueue(ship, {}, options)).job.id));
const states = async (jobs: Jobs) => {
  const { completed, executing, available } = await jobs.counts();
  return { completed, executing, available };
};

test('a paused queue begins nothing in any process, gives back what was not begun, and is worked off when resumed', async () => {
  const { definition, running, open } = gated();
  const one = await world.start([definition], { concurrency: 2, ...patient });
  const two = await world.start([definition], { concurrency: 2, database: await connectTo(world), ...patient });
  const ids = await enqueue(one, 20);
  await until(() => running.size === 4);

  const paused = await one.queueDesk.pause(main, me);
  const begun = [...running];
  await until(async () => expect(await world.depths()).toMatchObject({ std: 16 }) === undefined, {
    message: 'what was not begun is back in its lane',
  });
  open();
  await until(() => running.size === 0);
  await Promise.all(begun.map((id) => one.waitFor(id, 10)));
  const meanwhile = await states(two);
  const shown = await two.queue(main);
  await two.queueDesk.resume(main, me);
  await Promise.all(ids.map((id) => two.waitFor(id, 20)));

  expect(paused).toMatchObject({ paused: true, revision: 1, updatedBy: 'ada' });
  expect(meanwhile).toEqual({ completed: 4, executing: 0, available: 16 });
  expect(shown).toMatchObject({ paused: true, ready: 16, running: 0, draining: null });
  const records = await world.collections.jobs.find({}).toArray();
  expect(records.map(({ state, attempt, n }) => ({ state, attempt, n }))).toEqual(
    ids.map(() => ({ state: 'completed', attempt: 1, n: 1 })),
  );
  expect((await one.queue(main)).paused).toBe(false);
  await world.untilEmpty();
});

test('what becomes due while its queue is paused waits in its record and is rung for at once when it is resumed', async () => {
  const runs: string[] = [];
  const jobs = await world.start([
    testJob('order.ship', async ({ jobId }) => {
      runs.push(jobId);
      return done();
    }),
  ]);
  await jobs.queueDesk.pause(main, me);
  const [later = ''] = await enqueue(jobs, 1, { runAt: new Date(Date.now() + 300) });
  const [now = ''] = await enqueue(jobs, 1);
  await until(async () => (await jobs.queue(main)).ready === 2);
  // waits: for several sweeps, none of which may ring for a job of a paused queue
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const waiting = await Promise.all([later, now].map((id) => world.record(id)));
  await jobs.queueDesk.resume(main, me);
  await Promise.all([later, now].map((id) => jobs.waitFor(id, 10)));

  expect(waiting.map(({ state, n, dispatches }) => ({ state, n, dispatches }))).toEqual([
    { state: 'scheduled', n: 1, dispatches: 1 },
    { state: 'available', n: 1, dispatches: 1 },
  ]);
  expect(runs.toSorted()).toEqual([later, now].toSorted());
});

test('a pause outlives all processes, and one that starts takes nothing before it knows', async () => {
  const first = await world.start([quick]);
  await first.queueDesk.pause(main, me);
  await first.stop();
  const second = await world.start([quick], { database: await connectTo(world) });
  const ids = await enqueue(second, 5);
  await until(async () => (await world.depths())['std'] === 5);
  const held = await states(second);
  await second.queueDesk.resume(main, me);
  await Promise.all(ids.map((id) => second.waitFor(id, 10)));

  expect(held).toEqual({ completed: 0, executing: 0, available: 5 });
  expect((await second.queue(main)).revision).toBe(2);
});

test('a broker that loses the messages of a paused queue loses no job of it', async () => {
  const jobs = await world.start([quick]);
  await jobs.queueDesk.pause(main, me);
  const ids = await enqueue(jobs, 10);
  await until(async () => (await world.depths())['std'] === 10);
  await world.onChannel((channel) => channel.purgeQueue(world.names.queue(main, 'std')));
  await jobs.queueDesk.resume(main, me);
  await Promise.all(ids.map((id) => jobs.waitFor(id, 5)));

  expect(await states(jobs)).toEqual({ completed: 10, executing: 0, available: 0 });
});

test('a drain works off what came before it, lets what comes later wait, and ends as a pause', async () => {
  const { definition, running, open } = gated();
  const one = await world.start([definition], { concurrency: 3 });
  const two = await world.start([definition], { concurrency: 3, database: await connectTo(world) });
  const before = await enqueue(one, 10);
  await until(() => running.size === 6);

  await one.queueDesk.drain(main, me);
  const draining = await two.queue(main);
  const after = await enqueue(two, 5);
  open();
  await Promise.all(before.map((id) => one.waitFor(id, 20)));
  const drained = await until(async () => {
    const view = await two.queue(main);
    return view.paused ? view : undefined;
  });
  const held = await states(one);
  await two.queueDesk.resume(main, me);
  await Promise.all(after.map((id) => two.waitFor(id, 10)));

  expect(draining.draining).toEqual({ since: expect.any(Date), left: 10 });
  expect(draining.paused).toBe(false);
  expect(held).toEqual({ completed: 10, executing: 0, available: 5 });
  expect(drained).toMatchObject({ draining: null, ready: 5, updatedBy: 'drain' });
  const records = await world.collections.jobs.find({}).toArray();
  expect(records.every(({ attempt, state }) => attempt === 1 && state === 'completed')).toBe(true);
  await world.untilEmpty();
});

test('a message of a later job that reaches a draining queue all the same is not run', async () => {
  const jobs = await world.start([quick], patient);
  const [stays = ''] = await enqueue(jobs, 1, { runAt: new Date(Date.now() + 60_000) });
  await jobs.queueDesk.drain(main, me);
  const [id = ''] = await enqueue(jobs, 1);
  // As from a process that has not heard of the drain.
  await world.publish({ jobId: id, n: 1 });
  await world.untilEmpty();
  const held = await world.record(id);
  const view = await jobs.queue(main);
  await jobs.cancel(stays);
  await until(async () => (await jobs.queue(main)).paused);
  await jobs.queueDesk.resume(main, me);

  expect(held).toMatchObject({ state: 'available', n: 1, attempt: 0 });
  expect(view.draining).toMatchObject({ left: 1 });
  expect((await jobs.waitFor(id, 10)).state).toBe('completed');
});

test('the concurrency of a queue holds per process, and changes up and down while it runs', async () => {
  const hold = { gate: gate() };
  let running = 0;
  let most = 0;
  const definition = testJob('order.ship', async () => {
    most = Math.max(most, ++running);
    await hold.gate.promise;
    running--;
    return done();
  });
  const jobs = await world.start([definition], { concurrency: 10, queueDefaults: { [main]: { concurrency: 2 } } });
  const step = async (wanted: number) => {
    await until(() => running === wanted);
    // waits: for deliveries that would begin one too many
    await new Promise((resolve) => setTimeout(resolve, 150));
    return running;
  };
  const ids = await enqueue(jobs, 60);

  const declared = await step(2);
  await jobs.queueDesk.set(main, { concurrency: 6 }, me);
  const raised = await step(6);
  await jobs.queueDesk.set(main, { concurrency: 3 }, me);
  const old = hold.gate;
  hold.gate = gate();
  most = 0;
  old.resolve();
  const lowered = { running: await step(3), most };
  hold.gate.resolve();
  await Promise.all(ids.map((id) => jobs.waitFor(id, 20)));

  expect({ declared, raised, lowered }).toEqual({ declared: 2, raised: 6, lowered: { running: 3, most: 3 } });
  // Null takes back what the service has declared.
  expect(await jobs.queueDesk.set(main, { concurrency: null }, me)).toMatchObject({ concurrency: 2 });
  expect(await states(jobs)).toEqual({ completed: 60, executing: 0, available: 0 });
});

test('settings are merged, keep what is not named, and mind the revision', async () => {
  const jobs = await world.start([quick], { queueDefaults: { [main]: { weight: 3 } } });
  const limits = { 'tenant:a.b$c': 2 };

  await jobs.queueDesk.set(main, { weight: 5, weights: { lo: 4 } }, me);
  const set = await jobs.queueDesk.set(main, { limits }, { by: 'bob', revision: 1 });
  const stale = jobs.queueDesk.set(main, { weight: 1 }, { by: 'eve', revision: 1 });
  await expect(stale).rejects.toMatchObject({ code: 'queue-changed', details: { expected: 1, revision: 2 } });
  const back = await jobs.queueDesk.set(main, { weight: null, weights: null, limits: null }, me);

  expect(set).toMatchObject({ weight: 5, weights: { hi: 5, std: 3, retry: 2, lo: 4 }, limits, revision: 2 });
  expect(back).toMatchObject({ weight: 3, weights: { hi: 5, std: 3, retry: 2, lo: 1 }, limits: {}, revision: 3 });
  await expect(jobs.queueDesk.pause('orders.none', me)).rejects.toMatchObject({ code: 'queue-not-found' });
});

test('of many at once every change of a queue is made', async () => {
  const jobs = await world.start([quick]);
  await Promise.all(Array.from({ length: 8 }, (_, i) => jobs.queueDesk.set(main, { concurrency: i + 1 }, me)));

  expect((await jobs.queue(main)).revision).toBe(8);
});
