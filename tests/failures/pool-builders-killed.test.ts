import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises'; // waits: builders live a while between two kills
import { until } from '@millrace/testkit';
import { expectAtRest } from './at-rest.ts';
import { Cluster } from './cluster.ts';

const target = 4;
const max = 6;
const kills = 4;
const pauseMs = 250;
const rowsOfTiny = 20;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start();
}, 120_000);

afterEach(() => cluster.killWorkers());

type Pool = { counts: { ready: number; building: number }; policy: object };

const pool = async () => (await cluster.get('/pools/master')).body as Pool;

/** Kills whoever builds, so many times. */
async function killBuilders(): Promise<void> {
  for (let kill = 0; kill < kills; kill++) {
    await cluster.startWorker({ CONCURRENCY: '4' });
    // waits: the worker is to be killed at whatever it happens to do
    await delay(500 + Math.random() * 1_500);
    await cluster.killWorkers();
  }
}

test('builders that are killed again and again never overfill the pool nor hand out half a campaign, and it is full in the end', async () => {
  const wanted = { min: 0, low: 0, critical: 0, target, max };
  const { status } = await cluster.put('/pools/master', wanted);
  expect(status).toBe(200);
  const claimed: string[] = [];
  let creations = 0;
  let most = 0;
  let isOver = false;

  const killing = killBuilders().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    most = Math.max(most, await cluster.rows('campaigns').countDocuments({ isPool: true }));
    // Only what is ready is asked for: a cold seeding would be built before all members.
    if ((await pool()).counts.ready > 0) {
      const name = `No ${creations++}`;
      const { body } = await cluster.post('/campaigns', { name }, { role: 'member', sub: randomUUID() });
      if (body['source'] === 'pool') claimed.push(String(body['campaign'].id));
    }
    // waits: the pool is looked at now and then while its builders die
    await delay(pauseMs);
  }
  await killing;
  expect(claimed.length).toBeGreaterThan(0);
  await cluster.startWorker();

  expect(most).toBeLessThanOrEqual(max);
  expect(new Set(claimed).size).toBe(claimed.length);
  const rows = await Promise.all(claimed.map((id) => cluster.rows('schticks').countDocuments({ campaignId: id })));
  expect(rows).toEqual(claimed.map(() => rowsOfTiny));
  await until(async () => (await pool()).counts.ready === target, { withinMs: 60_000, message: 'the pool is full' });
  expect(await cluster.rows('pool_slots').countDocuments({ pool: 'master' })).toBe(max);
  await cluster.put('/pools/master', { target: 0 });
  await expectAtRest(cluster);
  process.stdout.write(
    `pool: ${creations} creations, ${claimed.length} from the pool, ${kills} builders killed, at most ${most} members [${max}], half campaigns 0 [0]\n`,
  );
}, 180_000);
