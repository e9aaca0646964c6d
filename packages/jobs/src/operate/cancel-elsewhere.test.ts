import { until } from '@millrace/testkit';
import { faultJobs } from '../under-test/fault-worker-under-test.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { type TcpProxy, tcpProxy } from '../under-test/tcp-proxy.ts';
import { shortTiming } from '../under-test/test-job.ts';
import { effectsIn } from '../under-test/worker-under-test.ts';

const program = new URL('../under-test/fault-worker-under-test.ts', import.meta.url).pathname;
const JOBS = 30;

let world: World;
let proxy: TcpProxy;
beforeEach(async () => {
  world = await jobsWorld();
  proxy = await tcpProxy(world.amqpUrl);
});
afterEach(async () => {
  await world.end();
  await proxy.end();
});

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

test.each([
  { how: 'with a hint', hasBroker: true, targetMs: 300 },
  { how: 'without a hint', hasBroker: false, targetMs: shortTiming.heartbeatMs + 500 },
])(
  'jobs that run in another process are cancelled from here $how, and have no effect after',
  async ({ how, hasBroker, targetMs }) => {
    const effects = world.database.collection('effects');
    const jobs = await world.start(faultJobs('observer', effectsIn(world.database)), {
      role: 'api',
      amqpUrl: proxy.url,
    });
    world.worker({ program, concurrency: JOBS });
    const ids = Array.from({ length: JOBS }, (_, i) => `o-${i}`);
    await Promise.all(ids.map((id) => jobs.enqueue({ name: 'order.patient' }, {}, { id })));
    await until(async () => (await effects.countDocuments({ what: 'started' })) === JOBS, { withinMs: 20_000 });
    if (!hasBroker) {
      proxy.cut();
      await until(() => jobs.troubles().length > 0, { message: 'the broker is away from here' });
    }

    const [askedAt, answeredAt] = [new Map<string, number>(), new Map<string, number>()];
    for (const id of ids) {
      askedAt.set(id, Date.now());
      await jobs.cancel(id);
      answeredAt.set(id, Date.now());
    }
    const ended = await Promise.all(ids.map((id) => jobs.waitFor(id, 20)));
    const workedBefore = await effects.countDocuments({ what: 'worked' });
    proxy.restore();
    await world.untilEmpty();

    const aborted = await effects.find({ what: 'cancelled' }).toArray();
    const since = (times: ReadonlyMap<string, number>) =>
      aborted.map(({ jobId, at }) => at.getTime() - (times.get(jobId) ?? 0));
    const abortMs = since(askedAt);
    const worked = await effects.find({ what: 'worked' }).toArray();
    const endedAt = new Map(ended.map((job) => [job.id, Date.parse(job.endedAt ?? '')]));
    const late = worked.filter(({ jobId, at }) => at.getTime() > (endedAt.get(jobId) ?? 0)).length;
    process.stdout.write(
      `T16 cancel ${how}: time to abort p50 ${percentile(abortMs, 0.5)} ms, p99 ${percentile(abortMs, 0.99)} ms [${targetMs}], of it after the answer p99 ${percentile(since(answeredAt), 0.99)} ms, effects after cancel ${late} [0], cancelled ${ended.length} of ${JOBS}\n`,
    );
    expect(ended.map(({ state, errors }) => ({ state, errors }))).toEqual(
      ids.map(() => ({ state: 'cancelled', errors: [] })),
    );
    expect(aborted.map(({ jobId }) => jobId).toSorted()).toEqual(ids.toSorted());
    expect(late).toBe(0);
    expect(worked).toHaveLength(workedBefore);
    expect((await world.collections.jobs.find({}).toArray()).map(({ ends, fence }) => ({ ends, fence }))).toEqual(
      ids.map(() => ({ ends: 1, fence: 1 })),
    );
  },
  60_000,
);
