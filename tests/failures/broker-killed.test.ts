import { until } from '@millrace/testkit';
import { expectAtRest } from './at-rest.ts';
import { type Asked, Cluster } from './cluster.ts';
import { plantStray } from './plant-stray.ts';
import { expectSeededOnce } from './seeded-once.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ own: ['rabbitmq'], profile: 'full' });
}, 120_000);

afterEach(() => cluster.killWorkers());

describe.each([
  ['restarted', async () => {}],
  ['restarted without its data', () => cluster.component('rabbitmq').wipe()],
])('RabbitMQ, killed -9 with jobs queued, waiting and running, and %s', (_, meanwhile) => {
  test('leaves every campaign with one full copy, and takes commands while it is away', async () => {
    const { running, waiting, queued } = await jobsInEveryState();
    const broker = cluster.component('rabbitmq');

    await broker.kill('SIGKILL');
    await meanwhile();
    const askedMeanwhile = await cluster.askFor(2);
    await broker.start();

    const asked = [...running, ...waiting, ...queued, ...askedMeanwhile];
    await expectSeededOnce(cluster, asked, { profile: 'full', withinMs: 90_000 });
    expect(await costsOf(waiting)).toEqual([{ attempt: 2, crashes: 0 }]);
    expect(await costsOf(queued)).toEqual(queued.map(() => ({ attempt: 1, crashes: 0 })));
    await expectAtRest(cluster);
  }, 150_000);
});

/** One is being seeded, one waits for its second attempt in the delay ladder, the others for a worker; the first of these has just been taken. */
async function jobsInEveryState() {
  const running = await cluster.askFor(1);
  await cluster.seedSlowly(running);
  const waiting = await cluster.askFor(1);
  await plantStray(cluster, waiting);
  const queued = await cluster.askFor(3);
  await cluster.startWorker({ CONCURRENCY: '2' });
  await until(() => inState(waiting, 'retryable'), { withinMs: 20_000, everyMs: 2 });
  // At once: on a busy machine the second attempt may begin before the broker is dead.
  await cluster.rows('schticks').deleteMany({ sourceId: 'stray' });
  expect([await inState(running, 'executing'), await inState(queued, 'available')]).toEqual([1, expect.any(Number)]);
  return { running, waiting, queued };
}

const inState = (asked: readonly Asked[], state: string) =>
  cluster.rows('jobs').countDocuments({ _id: { $in: asked.map(({ jobId }) => jobId) }, state });

async function costsOf(asked: readonly Asked[]) {
  const jobs = await cluster
    .rows('jobs')
    .find({ _id: { $in: asked.map(({ jobId }) => jobId) } })
    .toArray();
  return jobs.map(({ attempt, crashes }) => ({ attempt, crashes }));
}
