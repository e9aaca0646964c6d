import { isFull, until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

const ROUNDS = isFull() ? 10 : 3;
const EVERY_MS = 10;

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

test('a rolling restart of all workers under load loses nothing and spends no attempt', async () => {
  // Its own runs nowhere: the workers perform their own definition of the job.
  const api = await world.start([testJob('order.quick', async () => done())], { role: 'api' });
  const workers = Array.from({ length: 3 }, () => world.worker({ isKeptAlive: true, concurrency: 5 }));
  await until(async () => (await api.workers()).length === 3, { withinMs: 20_000 });

  const ids: string[] = [];
  let isLoading = true;
  const loading = (async () => {
    while (isLoading) {
      ids.push((await api.enqueue({ name: 'order.quick' }, {})).job.id);
      // waits: the load is so many jobs a second
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  const drains: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const worker of workers) {
      const began = performance.now();
      await worker.kill('SIGTERM');
      drains.push(performance.now() - began);
    }
    await until(async () => (await api.workers()).filter(({ state }) => state === 'running').length === 3, {
      withinMs: 20_000,
    });
  }
  isLoading = false;
  await loading;
  await until(async () => (await api.counts()).completed === ids.length, { withinMs: 20_000, everyMs: 100 });

  const records = await world.collections.jobs.find({}).toArray();
  const effects = await world.database.collection('effects').find({}).toArray();
  const figures = {
    lost: ids.length - new Set(effects.map(({ jobId }) => jobId)).size,
    doubled: effects.length - ids.length,
    spent: records.filter(({ attempt, errors, crashes }) => attempt > 1 || errors.length > 0 || crashes > 0).length,
    starts: workers.reduce((sum, { starts }) => sum + starts, 0),
  };
  const [book] = await api.ledger();
  const p99 = drains.toSorted((one, other) => one - other)[Math.ceil(drains.length * 0.99) - 1] ?? 0;
  process.stdout.write(
    `T15 rolling restart: ${ids.length} jobs, ${drains.length} SIGTERMs, lost ${figures.lost} [0], doubled ${figures.doubled} [0], attempts spent or runs unfinished by shutdown ${figures.spent} [0], imbalance ${book?.imbalance} [0], drain time p99 ${Math.round(p99)} ms\n`,
  );
  expect(figures).toEqual({ lost: 0, doubled: 0, spent: 0, starts: 3 + drains.length });
  expect(book).toMatchObject({ accepted: ids.length, succeeded: ids.length, imbalance: 0 });
});
