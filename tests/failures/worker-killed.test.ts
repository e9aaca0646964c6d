import { until } from '@millrace/testkit';
import { expectAtRest } from './at-rest.ts';
import { type Asked, Cluster, goesOnWithinMs } from './cluster.ts';
import { expectSeededOnce } from './seeded-once.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ profile: 'full' });
}, 120_000);

afterEach(() => cluster.killWorkers());

/** When a worker is killed; each gives the number of jobs or campaigns that are just there. */
const moments = {
  'while it claims jobs': (asked: readonly Asked[]) => executing(asked),
  'while it copies rows': async (asked: readonly Asked[]) =>
    (await executing(asked)) && cluster.rows('schticks').countDocuments({ campaignId: { $in: campaignsOf(asked) } }),
  'while it verifies a copy': (asked: readonly Asked[]) =>
    cluster.rows('campaigns').countDocuments({ _id: { $in: campaignsOf(asked) }, 'seedingRun.stage': 'verify' }),
  'when some campaigns are ready and others are not': (asked: readonly Asked[]) =>
    cluster.rows('campaigns').countDocuments({ _id: { $in: campaignsOf(asked) }, status: 'ready' }),
} as const;

test('workers killed while they claim, copy, verify and publish cost no attempt, and the last one ends in one full copy each', async () => {
  const all: Asked[] = [];
  const crashed = new Set<string>();
  for (const [name, moment] of Object.entries(moments)) {
    const asked = await cluster.askFor(3);
    all.push(...asked);
    const { pid } = await cluster.startWorker({ CONCURRENCY: '6' });
    await until(() => moment(asked), { everyMs: 5, withinMs: goesOnWithinMs, message: name });
    await cluster.killWorkers();
    for (const jobId of await executingIds(all, pid)) crashed.add(jobId);
  }
  await cluster.startWorker();

  await expectSeededOnce(cluster, all, { profile: 'full' });
  expect(crashed.size).toBeGreaterThanOrEqual(3);
  expectNoAttemptSpent(await costs(all), crashed);
  await expectAtRest(cluster);
}, 500_000);

test('a job whose worker is killed three times has spent no attempt and ends well', async () => {
  const asked = await cluster.askFor(1);
  await cluster.seedSlowly(asked);

  for (let kills = 1; kills <= 3; kills++) {
    await cluster.startWorker();
    // A suspect is run by a process of its own, so the claims are counted and not the process asked for.
    const claimed = { ...runningOf(asked), fence: kills };
    await until(() => cluster.rows('jobs').countDocuments(claimed), { withinMs: goesOnWithinMs, everyMs: 5 });
    await cluster.killWorkers();
  }
  await cluster.startWorker();

  await expectSeededOnce(cluster, asked, { profile: 'full' });
  expect(await costs(asked)).toEqual([{ jobId: asked[0]?.jobId, attempt: 1, claims: 4, crashes: 3 }]);
  await expectAtRest(cluster);
}, 400_000);

test('another replica takes over what a killed one had in hand, and keeps its own', async () => {
  const asked = await cluster.askFor(6);
  await cluster.seedSlowly(asked.slice(0, 2));
  const [first] = await Promise.all([
    cluster.startWorker({ CONCURRENCY: '2' }),
    cluster.startWorker({ CONCURRENCY: '2' }),
  ]);
  const inHand = () => executingIds(asked, first.pid);
  await until(async () => (await inHand()).size > 0, { withinMs: goesOnWithinMs, everyMs: 5 });

  await first.kill('SIGKILL');
  const orphans = await inHand();

  await expectSeededOnce(cluster, asked, { profile: 'full' });
  const spent = await costs(asked);
  expectNoAttemptSpent(spent, orphans);
  expect(spent.filter(({ crashes }) => crashes > 0).length).toBeLessThanOrEqual(2);
  await expectAtRest(cluster);
}, 400_000);

const campaignsOf = (asked: readonly Asked[]) => asked.map(({ campaignId }) => campaignId);

const runningOf = (asked: readonly Asked[]) => ({ _id: { $in: asked.map(({ jobId }) => jobId) }, state: 'executing' });

const executing = (asked: readonly Asked[]) => cluster.rows('jobs').countDocuments(runningOf(asked));

/** Jobs in hand, of one process or of all. */
async function executingIds(asked: readonly Asked[], pid?: number): Promise<Set<string>> {
  const owners = await cluster
    .rows('job_workers')
    .find(pid === undefined ? {} : { pid })
    .toArray();
  const jobs = cluster.rows('jobs').find({ ...runningOf(asked), 'lease.owner': { $in: owners.map(({ _id }) => _id) } });
  return new Set((await jobs.toArray()).map(({ _id }) => _id));
}

type Cost = { jobId: string; attempt: number; claims: number; crashes: number };

async function costs(asked: readonly Asked[]): Promise<Cost[]> {
  const jobs = cluster.rows('jobs').find({ _id: { $in: asked.map(({ jobId }) => jobId) } });
  return (await jobs.toArray()).map(({ _id, attempt, fence, crashes }) => ({
    jobId: _id,
    attempt,
    claims: fence,
    crashes,
  }));
}

/**
 * Each claim but the last was a crash, and none of them an attempt. The claims are counted by the record: what a dead
 * process had sent may be written after a test looked whose jobs it held.
 */
function expectNoAttemptSpent(spent: readonly Cost[], crashed: ReadonlySet<string>): void {
  expect(spent).toEqual(spent.map((cost) => ({ ...cost, attempt: 1, crashes: cost.claims - 1 })));
  expect(spent.filter(({ crashes }) => crashes > 0).map(({ jobId }) => jobId)).toEqual(
    expect.arrayContaining([...crashed]),
  );
}
