import { until } from '@millrace/testkit';
import { expectAtRest } from './at-rest.ts';
import { type Asked, Cluster } from './cluster.ts';
import { expectSeededOnce } from './seeded-once.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ own: ['mongodb'], profile: 'full' });
}, 120_000);

afterEach(() => cluster.killWorkers());

test('MongoDB, killed -9 while campaigns are seeded and restarted, leaves one full copy each and counts no crash', async () => {
  const asked = await cluster.askFor(5);
  await cluster.seedSlowly(asked.slice(0, 1));
  await cluster.startWorker({ CONCURRENCY: '3' });
  await until(() => rowsOf(asked), { withinMs: 20_000, everyMs: 2 });

  await cluster.component('mongodb').kill('SIGKILL');
  await cluster.component('mongodb').start();

  await expectSeededOnce(cluster, asked, { profile: 'full', withinMs: 90_000 });
  expect(await crashesOf(asked)).toEqual([0, 0, 0, 0, 0]);
  await expectAtRest(cluster);
}, 150_000);

test('MongoDB, stopped for 20 s in the middle of a seeding, costs no job a crash', async () => {
  const asked = await cluster.askFor(3);
  await cluster.seedSlowly(asked);
  await cluster.startWorker({ CONCURRENCY: '2' });
  await until(() => rowsOf(asked), { withinMs: 20_000, everyMs: 2 });
  const stoppedAt = Date.now();

  await cluster.component('mongodb').kill('SIGSTOP');
  await until(() => Date.now() - stoppedAt >= 20_000, { withinMs: 25_000, message: '20 s are over: ten leases' });
  await cluster.component('mongodb').kill('SIGCONT');

  await expectSeededOnce(cluster, asked, { profile: 'full', withinMs: 60_000 });
  expect(await crashesOf(asked)).toEqual([0, 0, 0]);
  await expectAtRest(cluster);
}, 150_000);

const rowsOf = (asked: readonly Asked[]) =>
  cluster.rows('schticks').countDocuments({ campaignId: { $in: asked.map(({ campaignId }) => campaignId) } });

async function crashesOf(asked: readonly Asked[]): Promise<number[]> {
  const jobs = await cluster
    .rows('jobs')
    .find({ _id: { $in: asked.map(({ jobId }) => jobId) } })
    .toArray();
  return jobs.map(({ crashes }) => crashes);
}
