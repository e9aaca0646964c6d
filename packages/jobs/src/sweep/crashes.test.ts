import { until } from '@millrace/testkit';
import { SUSPECT } from '../record/labels.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { connectTo, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { dangerousJobs, effectsIn } from '../under-test/worker-under-test.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const definitions = (who: string) => dangerousJobs(who, effectsIn(world.database));
const effects = () => world.database.collection('effects');
const open = (gate: string) => world.database.collection('gates').insertOne({ gate });
/** Sees and sweeps, but performs nothing. */
const observer = () => world.start(definitions('observer'), { role: 'api' });
const startedBy = (jobId: string, times: number) =>
  until(async () => (await effects().countDocuments({ jobId, what: 'started' })) >= times, {
    withinMs: 20_000,
    message: `${jobId} has started ${times} times`,
  });

async function killWhileRunning(jobs: Jobs, times: number) {
  const worker = world.worker({ isKeptAlive: true });
  const { job } = await jobs.enqueue({ name: 'order.gated' }, { gate: 'a' });
  const restartsMs: number[] = [];
  for (let kill = 1; kill <= times; kill++) {
    await startedBy(job.id, kill);
    await worker.kill('SIGKILL');
    const killed = Date.now();
    await startedBy(job.id, kill + 1);
    restartsMs.push(Date.now() - killed);
  }
  await open('a');
  return { ended: await jobs.waitFor(job.id, 20), restartsMs };
}

test('a job whose process is killed runs again and has spent no attempt', async () => {
  const jobs = await observer();

  const { ended, restartsMs } = await killWhileRunning(jobs, 1);

  expect(ended).toMatchObject({
    state: 'completed',
    attempt: 1,
    crashes: 1,
    errors: [{ class: 'WorkerLost', code: 'worker-died' }],
  });
  expect((await world.record(ended.id)).fence).toBe(2);
  process.stdout.write(
    `a killed job runs again after ${restartsMs[0]} ms [lease and sweep: 1250 ms, and the start of a process]\n`,
  );
  await world.untilEmpty();
});

test('three killed processes cost a job no attempt', async () => {
  const jobs = await observer();

  const { ended } = await killWhileRunning(jobs, 3);

  expect(ended).toMatchObject({ state: 'completed', attempt: 1, maxAttempts: 1, crashes: 3 });
  await until(async () => (await world.database.collection('announced').countDocuments({ jobId: ended.id })) > 0);
  expect(await world.database.collection('announced').countDocuments({ id: `${ended.id}:1:0` })).toBe(1);
  expect(await jobs.ledger()).toContainEqual(
    expect.objectContaining({ name: 'order.gated', accepted: 1, succeeded: 1, imbalance: 0 }),
  );
});

test('a process that stood still finds its lease lost and writes nothing', async () => {
  const zombie = world.worker();
  const jobs = await observer();
  const { job } = await jobs.enqueue({ name: 'order.gated' }, { gate: 'a' });
  await startedBy(job.id, 1);

  await zombie.kill('SIGSTOP');
  await world.start(definitions('successor'), { role: 'worker', database: await connectTo(world) });
  await startedBy(job.id, 2);
  await zombie.kill('SIGCONT');
  await until(() => effects().findOne({ jobId: job.id, what: 'lease-lost' }), {
    message: 'the zombie hears that its lease is lost',
  });
  await open('a');
  const ended = await jobs.waitFor(job.id, 10);
  await zombie.kill('SIGTERM');

  expect(ended).toMatchObject({ state: 'completed', result: 'successor', attempt: 1 });
  expect(await jobs.find(job.id)).toEqual(ended);
  expect(await world.record(job.id)).toMatchObject({ fence: 2, ends: 1 });
  await world.untilEmpty();
});

test('a process that ends in good order hands its jobs back without a crash', async () => {
  const jobs = await observer();
  const worker = world.worker();
  const { job } = await jobs.enqueue({ name: 'order.gated' }, { gate: 'a' });
  await startedBy(job.id, 1);

  const stopping = worker.kill('SIGTERM');
  await world.start(definitions('successor'), { role: 'worker', database: await connectTo(world) });
  await startedBy(job.id, 2);
  await stopping;
  await open('a');

  expect(await jobs.waitFor(job.id, 10)).toMatchObject({
    state: 'completed',
    result: 'successor',
    attempt: 1,
    crashes: 0,
    errors: [],
  });
});

test.each([
  { where: 'a process of their own', hasQuarantine: true },
  { where: 'a process that runs nothing else meanwhile', hasQuarantine: false },
])(
  'a job that kills every process is found out by suspects running in $where, and no other job suffers',
  async ({ hasQuarantine }) => {
    const jobs = await observer();
    const innocents = await Promise.all(
      Array.from({ length: 60 }, (_, i) => jobs.enqueue({ name: 'order.quick' }, { i })),
    );
    const { job } = await jobs.enqueue({ name: 'order.exit' }, {}, { lane: 'hi' });
    const more = await Promise.all(Array.from({ length: 60 }, (_, i) => jobs.enqueue({ name: 'order.quick' }, { i })));

    const worker = world.worker({ isKeptAlive: true, hasQuarantine });
    const poison = await jobs.waitFor(job.id, 60);
    const others = await Promise.all([...innocents, ...more].map((innocent) => jobs.waitFor(innocent.job.id, 30)));

    expect(poison).toMatchObject({ state: 'failed', crashes: 4, attempt: 1 });
    expect(poison.errors.at(-1)).toMatchObject({ code: 'poison' });
    expect(await world.record(job.id)).toMatchObject({
      ends: 1,
      loneCrashes: 2,
      labels: expect.arrayContaining([SUSPECT]),
    });
    expect(others.map(({ state }) => state)).toEqual(others.map(() => 'completed'));
    // The handler never came to an end; whoever noticed told it.
    const told = async () =>
      [...world.announced, ...(await world.database.collection('announced').find({}).toArray())].filter(
        ({ jobId }) => jobId === job.id,
      );
    await until(async () => (await told()).length > 0);
    expect((await told()).map(({ id, data }) => ({ id, data }))).toEqual([
      { id: `${job.id}:1:0`, data: { state: 'failed' } },
    ]);
    // With a process of their own the suspects kill that one: two workers at first, none later.
    expect(worker.starts).toBe(hasQuarantine ? 3 : 6);
    expect((await jobs.ledger()).map(({ imbalance }) => imbalance)).toEqual([0, 0, 0]);
    await world.untilEmpty();
  },
);
