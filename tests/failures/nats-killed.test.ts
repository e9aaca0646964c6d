import { until } from '@millrace/testkit';
import { expectAtRest } from './at-rest.ts';
import { type Asked, Cluster } from './cluster.ts';
import { expectSeededOnce, toldTo } from './seeded-once.ts';

let cluster: Cluster;
const all: Asked[] = [];
let harm = '';
beforeAll(async () => {
  cluster = await Cluster.start({ own: ['nats'] });
}, 120_000);

afterEach(async () => {
  const told = await Promise.all(all.map(({ person }) => toldTo(cluster, person)));
  const lost = told.filter((titles) => titles.length === 0).length;
  const doubled = told.reduce((sum, titles) => sum + Math.max(0, titles.length - 1), 0);
  process.stdout.write(
    `T5-NATS ${harm}: campaigns ${all.length}, notices lost ${lost} [0], notices doubled ${doubled} [0]\n`,
  );
  all.length = 0;
  await cluster.killWorkers();
});

test('NATS, killed -9 and restarted while campaigns are seeded, costs nobody a notification and gives nobody two', async () => {
  const asked = await ask(12, 'killed');
  await cluster.startWorker({ CONCURRENCY: '2' });
  await until(() => ended(asked), { withinMs: 20_000, everyMs: 2 });

  await cluster.component('nats').kill('SIGKILL');
  await cluster.component('nats').start();

  await expectSeededOnce(cluster, asked);
  await expectAtRest(cluster);
}, 90_000);

test('jobs end while NATS is down, and another replica tells of them after the death of the one that ended them', async () => {
  await cluster.startWorker();
  await cluster.component('nats').kill('SIGKILL');
  const asked = await ask(4, 'away');
  await until(async () => (await ended(asked)) === asked.length, { withinMs: 30_000, message: 'all jobs have ended' });
  const pending = await cluster
    .rows('jobs')
    .countDocuments({ ...jobsOf(asked), state: 'completed', 'announce.pending': true });
  const toldBefore = await Promise.all(asked.map(({ person }) => toldTo(cluster, person)));

  await cluster.killWorkers();
  await cluster.component('nats').start();

  await expectSeededOnce(cluster, asked);
  expect([pending, toldBefore]).toEqual([4, [[], [], [], []]]);
  await expectAtRest(cluster);
}, 90_000);

test('events that nobody had heard when NATS lost its data are told again, and those that were heard are not', async () => {
  const heard = await ask(3, 'wiped');
  await cluster.startWorker();
  await expectSeededOnce(cluster, heard);
  await cluster.notifications.kill('SIGKILL');
  const unheard = await ask(3, 'wiped');
  await until(async () => (await announced(unheard)) === unheard.length, {
    withinMs: 30_000,
    message: 'all events are in the stream',
  });

  await cluster.component('nats').kill('SIGKILL');
  await cluster.component('nats').wipe();
  await cluster.component('nats').start();
  await cluster.startNotifications();

  await expectSeededOnce(cluster, [...heard, ...unheard]);
  await expectAtRest(cluster);
}, 90_000);

async function ask(times: number, amidst: string): Promise<readonly Asked[]> {
  const asked = await cluster.askFor(times);
  harm = amidst;
  all.push(...asked);
  return asked;
}

const jobsOf = (asked: readonly Asked[]) => ({ _id: { $in: asked.map(({ jobId }) => jobId) } });

const ended = (asked: readonly Asked[]) =>
  cluster.rows('jobs').countDocuments({ ...jobsOf(asked), state: 'completed' });

const announced = (asked: readonly Asked[]) =>
  cluster.rows('jobs').countDocuments({ ...jobsOf(asked), state: 'completed', 'announce.pending': false });
