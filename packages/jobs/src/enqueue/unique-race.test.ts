import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import type { RacerWish } from './racer-under-test.ts';

const program = fileURLToPath(new URL('racer-under-test.ts', import.meta.url));
const KEYS = 20;
const RACERS = 4;
const TIMES = 200 / RACERS;

let world: World;
const children: ChildProcess[] = [];
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(async () => {
  // Not by a kill: one in the middle of a transaction would keep the database from being dropped for a minute.
  await Promise.all(children.map((child) => stop(child, 'SIGTERM')));
  await world.end();
});

test('200 enqueues of each of 20 keys by four processes at once make one job each, whoever is killed', async () => {
  const jobs = await world.start(
    [testJob('order.ship', async () => done(), { unique: { key: ({ order }) => String(order) } })],
    {
      role: 'api',
    },
  );
  const workers = [start('worker'), start('worker')];
  const racers = Array.from({ length: RACERS }, () => start('api'));
  await until(async () => (await jobs.counts()).executing > KEYS / 2, { withinMs: 40_000, message: 'holders run' });
  await Promise.all(workers.map((worker) => stop(worker, 'SIGKILL')));
  workers.push(start('worker'), start('worker'));
  await Promise.all(racers.map(ended));

  const answers = await world.database.collection('answers').find({}).toArray();
  const perKey = Map.groupBy(answers, ({ order }) => order);
  const records = await world.collections.jobs.countDocuments();
  await world.database.collection('gates').insertOne({ gate: 'open' });
  await until(async () => (await jobs.counts()).completed === KEYS, { withinMs: 60_000, message: 'all have ended' });
  const again = await Promise.all([...perKey.keys()].map((order) => jobs.enqueue({ name: 'order.ship' }, { order })));
  const stuck = again.filter(({ conflict }) => conflict).length;

  process.stdout.write(
    `T11 uniqueness: records per key ${records / KEYS} [1], records too many ${records - KEYS} [0], keys stuck after the end ${stuck} [0], of ${answers.length} commands\n`,
  );
  expect([perKey.size, answers.length, records, stuck]).toEqual([KEYS, KEYS * 200, KEYS, 0]);
  for (const told of perKey.values()) {
    expect(new Set(told.map(({ jobId }) => jobId)).size).toBe(1);
    expect(told.filter(({ conflict }) => !conflict)).toHaveLength(1);
  }
}, 120_000);

function start(role: RacerWish['role']): ChildProcess {
  const { service, databaseName, mongodbUri, amqpUrl } = world;
  const wish: RacerWish = { service, databaseName, mongodbUri, amqpUrl, role, keys: KEYS, times: TIMES };
  const child = spawn(process.execPath, [program, JSON.stringify(wish)], { stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await ended(child);
}
