import { until } from '@millrace/testkit';
import { expectAtRest } from './at-rest.ts';
import { type Asked, Cluster } from './cluster.ts';
import { expectNothingLeft } from './nothing-left.ts';
import { plantStray } from './plant-stray.ts';
import { expectSeededOnce, toldTo } from './seeded-once.ts';

const failed = 'A campaign could not be filled';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start();
}, 120_000);

afterEach(() => cluster.killWorkers());

test('a copy that never matches its template leaves nothing behind, is told once, and can be asked for again', async () => {
  const asked = await cluster.askFor(2);
  await plantStray(cluster, asked);
  await cluster.startWorker();
  await untilCleanedUp(asked);

  await expectNothingLeft(cluster, asked, { code: 'copy-incomplete', jobState: 'failed' });
  expect(await told(asked)).toEqual(asked.map(() => [failed]));
  expect(await attemptsOf(asked)).toEqual([3, 3]);
  await expectAtRest(cluster, { deadLetters: asked.map(() => 'job copy-incomplete') });

  await cluster.startWorker();
  const again = await Promise.all(asked.map(askAgain));
  await expectSeededOnce(cluster, again, { toldBefore: [failed] });
}, 90_000);

test('a template that is gone fails at once and for good, and the job itself can be retried once there is one', async () => {
  await resolveAll();
  const asked = await cluster.askFor(2);
  await cluster.rows('templates').updateMany({}, { $set: { status: 'draft' } });
  await cluster.startWorker();
  await untilCleanedUp(asked);

  await expectNothingLeft(cluster, asked, { code: 'template-missing', jobState: 'failed' });
  expect(await told(asked)).toEqual(asked.map(() => [failed]));
  expect(await attemptsOf(asked)).toEqual([1, 1]);

  await cluster.rows('templates').updateMany({}, { $set: { status: 'published' } });
  for (const { jobId } of asked) await cluster.post(`/jobs/${jobId}/retry`);
  await expectSeededOnce(cluster, asked, { toldBefore: [failed] });
  await expectAtRest(cluster);
}, 90_000);

async function untilCleanedUp(asked: readonly Asked[]): Promise<void> {
  const cleaned = { _id: { $in: asked.map(({ campaignId }) => campaignId) }, cleanedUpAt: { $ne: null } };
  await until(async () => (await cluster.rows('campaigns').countDocuments(cleaned)) === asked.length, {
    withinMs: 40_000,
    message: 'all campaigns are cleaned up',
  });
  await until(async () => (await told(asked)).every((titles) => titles.length > 0), {
    withinMs: 10_000,
    message: 'all are told',
  });
}

async function askAgain(one: Asked): Promise<Asked> {
  const { body } = await cluster.post(`/campaigns/${one.campaignId}/seed`, {}, { role: 'member', sub: one.person });
  return { ...one, jobId: body['job'].id };
}

const told = (asked: readonly Asked[]) => Promise.all(asked.map(({ person }) => toldTo(cluster, person)));

async function attemptsOf(asked: readonly Asked[]): Promise<number[]> {
  const jobs = await cluster
    .rows('jobs')
    .find({ _id: { $in: asked.map(({ jobId }) => jobId) } })
    .toArray();
  return jobs.map(({ attempt }) => attempt);
}

async function resolveAll(): Promise<void> {
  const failedJobs = await cluster.rows('jobs').find({ state: 'failed' }).toArray();
  for (const { _id } of failedJobs) await cluster.post(`/dead-letters/${_id}/resolve`, { note: 'seeded again' });
}
