import { until } from '@millrace/testkit';
import { expectAtRest } from './at-rest.ts';
import { type Asked, Cluster, goesOnWithinMs } from './cluster.ts';
import { expectNothingLeft } from './nothing-left.ts';
import { expectSeededOnce, toldTo } from './seeded-once.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ profile: 'full' });
}, 120_000);

afterEach(() => cluster.killWorkers());

test('a cancel that races the finish ends in a ready campaign told once, or in none and no word', async () => {
  const asked = await cluster.askFor(16);

  // A worker may have seeded them all by the time it says that it is there.
  await Promise.all([
    cluster.startWorker({ CONCURRENCY: '4' }),
    ...asked.map((one, index) => cancelAt(one, moments[index % moments.length] as Moment)),
  ]);
  await until(() => allEnded(asked), { withinMs: 40_000, message: 'every job has ended, cleanups included' });

  const states = await Promise.all(asked.map(stateOf));
  const [ready, cancelled] = ['completed', 'cancelled'].map((state) =>
    asked.filter((_, index) => states[index] === state),
  );
  expect([...new Set(states)].sort()).toEqual(['cancelled', 'completed']);
  await expectSeededOnce(cluster, ready ?? [], { profile: 'full' });
  await expectNothingLeft(cluster, cancelled ?? [], { code: 'seeding-cancelled', jobState: 'cancelled' });
  expect((await Promise.all((cancelled ?? []).map(({ person }) => toldTo(cluster, person)))).flat()).toEqual([]);
  await expectAtRest(cluster);
}, 90_000);

test('a seeding that kills each process that takes it fails for good, is told while no worker is alive, and is cleaned up by the next', async () => {
  const [poisonous, ...innocent] = await cluster.askFor(3);
  if (!poisonous) throw new Error('nobody asked');
  await cluster.seedSlowly([poisonous]);

  for (let deaths = 0; deaths < 5; deaths++) {
    await cluster.startWorker();
    await until(async () => (await stateOf(poisonous)) === 'executing', { withinMs: goesOnWithinMs, everyMs: 2 });
    await cluster.killWorkers();
    await until(async () => (await stateOf(poisonous)) !== 'executing', { withinMs: goesOnWithinMs });
  }

  await until(async () => (await toldTo(cluster, poisonous.person)).length > 0, {
    withinMs: goesOnWithinMs,
    message: 'the failure is told',
  });
  expect(await cluster.rows('jobs').findOne({ _id: poisonous.jobId })).toMatchObject({ state: 'failed', attempt: 1 });
  await cluster.startWorker();
  await until(() => allEnded([poisonous]), { withinMs: goesOnWithinMs });
  await expectNothingLeft(cluster, [poisonous], { code: 'poison', jobState: 'failed' });
  expect(await toldTo(cluster, poisonous.person)).toEqual(['A campaign could not be filled']);
  await expectSeededOnce(cluster, innocent, { profile: 'full' });
  await expectAtRest(cluster, { deadLetters: ['job poison'] });
}, 600_000);

type Moment = (one: Asked) => Promise<unknown>;

/** When the cancel is sent: before the run, at its beginning, in its middle, at its end, after it. */
const moments: readonly Moment[] = [
  async () => true,
  async (one) => (await stateOf(one)) !== 'available',
  ({ campaignId }) => cluster.rows('schticks').countDocuments({ campaignId }),
  ({ campaignId }) => cluster.rows('campaigns').countDocuments({ _id: campaignId, 'seedingRun.stage': 'verify' }),
  ({ campaignId }) => cluster.rows('campaigns').countDocuments({ _id: campaignId, status: 'ready' }),
];

async function cancelAt(one: Asked, moment: Moment): Promise<void> {
  await until(() => moment(one), { withinMs: 30_000, everyMs: 2 });
  const { status } = await cluster.post(`/jobs/${one.jobId}/cancel`);
  expect(status).toBe(200);
}

async function stateOf({ jobId }: Asked): Promise<string> {
  const job = await cluster.rows('jobs').findOne({ _id: jobId }, { projection: { state: 1 } });
  return String(job?.['state']);
}

/** Nothing of these campaigns is under way, be it seeding or cleaning up. */
async function allEnded(asked: readonly Asked[]): Promise<boolean> {
  const live = await cluster.rows('jobs').countDocuments({
    'payload.campaignId': { $in: asked.map(({ campaignId }) => campaignId) },
    $or: [{ state: { $nin: ['completed', 'failed', 'discarded', 'cancelled'] } }, { 'announce.pending': true }],
  });
  return live === 0;
}
