import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { connectTo, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { rawJob, storeRaw } from '../under-test/raw-jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { DatabaseClock } from './database-clock.ts';
import { GroupCommit } from './group-commit.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

function groupCommit() {
  const { collections, database } = world;
  const ignore = () => undefined;
  const commit = new GroupCommit({
    client: database.getClient(),
    jobs: collections.jobs,
    clock: new DatabaseClock(database, 1_000),
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  commit.allowTransactions();
  const claim = (id: string) =>
    commit.write({
      id,
      filter: () => ({ n: 1, state: 'available' }),
      update: { $set: { state: 'executing' }, $inc: { fence: 1 } },
      mark: 'lease.token',
    });
  const claimAll = async (ids: string[]) => (await Promise.all(ids.map(claim))).map((written) => written?.token);
  return { commit, claim, claimAll };
}

test('a record that a dead process holds in an open transaction is freed, and no other job waits for it', async () => {
  const definitions = [testJob('order.ship', async () => done())];
  const dead = await connectTo(world);
  const here = await world.start(definitions, { role: 'api' });
  const ids = await Promise.all(
    Array.from({ length: 20 }, async (_, order) => (await here.enqueue({ name: 'order.ship' }, { order })).job.id),
  );
  const [locked = ''] = ids;
  // Just as a process leaves it that is killed between the bulk of its claims and the commit.
  const session = dead.getClient().startSession();
  session.startTransaction();
  await dead
    .collection<{ _id: string }>('jobs')
    .updateOne({ _id: locked }, { $set: { state: 'executing' } }, { session });
  if (!session.id) throw new Error('no session');
  const row = {
    host: 'h',
    pid: 1,
    version: '0',
    queues: [],
    slots: 25,
    running: [],
    startedAt: new Date(),
    heartbeatAt: new Date(Date.now() + 5_000),
    session: session.id,
  };
  await world.collections.workers.insertOne({ _id: 'dead', ...row });

  await world.start(definitions, { role: 'worker', database: await connectTo(world) });
  const others = await Promise.all(ids.slice(1).map((id) => here.waitFor(id, 10)));
  const whileLocked = await here.find(locked);
  const freed = await here.waitFor(locked, 15);
  await dead.close();

  expect(others.map(({ state }) => state)).toEqual(others.map(() => 'completed'));
  expect(whileLocked).toMatchObject({ state: 'available' });
  expect(freed).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
  await until(async () => !(await world.collections.workers.findOne({ _id: 'dead' }))?.session);
});

test('of writes that share a statement each hears whether its own record has matched', async () => {
  await storeRaw(
    world.collections,
    Array.from({ length: 9 }, (_, index) => rawJob(index, { n: index % 3 === 2 ? 2 : 1 })),
  );
  const { commit, claimAll } = groupCommit();

  const tokens = await claimAll(Array.from({ length: 9 }, (_, index) => rawJob(index)._id));

  const stored = await world.collections.jobs.find({}).sort({ _id: 1 }).toArray();
  expect(tokens.map((token) => token !== undefined)).toEqual([true, true, false, true, true, false, true, true, false]);
  expect(stored.map(({ lease }) => lease?.token)).toEqual(tokens);
  expect(stored.map(({ fence }) => fence)).toEqual([1, 1, 0, 1, 1, 0, 1, 1, 0]);
  expect(new Set(tokens).size).toBe(2);
  await commit.close(1_000);
});

test('of two claims of one dispatch in one bulk exactly one is won', async () => {
  await storeRaw(world.collections, [rawJob(0), rawJob(1)]);
  const { commit, claimAll } = groupCommit();
  const [one, other] = [rawJob(0)._id, rawJob(1)._id];

  const tokens = await claimAll([one, other, one, other]);

  expect(tokens.map((token) => token !== undefined)).toEqual([true, true, false, false]);
  expect((await world.collections.jobs.find({}).toArray()).map(({ fence }) => fence)).toEqual([1, 1]);
  await commit.close(1_000);
});

test('a lone claim is told how it has left its record, and that it was not won', async () => {
  await storeRaw(world.collections, [rawJob(0)]);
  const { commit, claim } = groupCommit();
  const { _id: id } = rawJob(0);

  const won = await claim(id);
  const late = await claim(id);

  expect(won?.record).toEqual(await world.collections.jobs.findOne({ _id: id }));
  expect(won?.record?.lease?.token).toBe(won?.token);
  expect(late).toBeUndefined();
  await commit.close(1_000);
});

test('a burst of jobs is claimed and ended in transactions of one session', async () => {
  const jobs = await world.start([testJob('order.ship', async () => done())], { concurrency: 100 });
  const session = () => world.collections.workers.findOne({}, { projection: { _id: 0, session: 1 } });
  const before = await until(session);

  const ids = await Promise.all(
    Array.from({ length: 500 }, async (_, order) => (await jobs.enqueue({ name: 'order.ship' }, { order })).job.id),
  );
  await until(async () => (await jobs.counts()).completed === ids.length, { withinMs: 20_000, everyMs: 100 });

  expect(await session()).toEqual(before);
  expect(
    (await world.collections.jobs.find({}).toArray()).map(({ fence, ends, attempt }) => `${fence}${ends}${attempt}`),
  ).toEqual(ids.map(() => '111'));
  expect(await jobs.ledger()).toEqual([expect.objectContaining({ accepted: 500, succeeded: 500, imbalance: 0 })]);
});
