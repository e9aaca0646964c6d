import { until } from '@millrace/testkit';
import { faultJobs } from '../under-test/fault-worker-under-test.ts';
import { connectTo, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { type TcpProxy, tcpProxy } from '../under-test/tcp-proxy.ts';
import { shortTiming } from '../under-test/test-job.ts';
import { effectsIn } from '../under-test/worker-under-test.ts';

const program = new URL('../under-test/fault-worker-under-test.ts', import.meta.url).pathname;

let world: World;
let proxy: TcpProxy | undefined;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(async () => {
  await world.end();
  await proxy?.end();
  proxy = undefined;
});

const definitions = (who: string) => faultJobs(who, effectsIn(world.database));
const effects = () => world.database.collection('effects');
const keyed = () => world.database.collection('keyed_effects');
const open = (gate: string) => world.database.collection('gates').insertOne({ gate });
const count = (what: string, who?: string) => effects().countDocuments({ what, ...(who && { who }) });
const untilCount = (times: number, what: string, who?: string, withinMs = 20_000) =>
  until(async () => (await count(what, who)) >= times, {
    withinMs,
    everyMs: 50,
    message: `${what} ${times} times by ${who}`,
  });
const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

test('a process that stood still beyond its lease writes nothing more into any record and repeats no effect', async () => {
  const ids = Array.from({ length: 16 }, (_, i) => `o-${i}`);
  const early = ids.slice(0, 8);
  const jobs = await world.start(definitions('observer'), { role: 'api' });
  // No slot is free: a process that has room would swallow messages until the broker misses its heartbeats.
  const zombie = world.worker({ program, concurrency: ids.length });
  const name = `worker-${zombie.pid}`;
  await Promise.all(
    ids.map((id) => jobs.enqueue({ name: 'order.stepped' }, { gate: early.includes(id) ? 'early' : 'late' }, { id })),
  );
  await untilCount(ids.length, 'started', name);

  await zombie.kill('SIGSTOP');
  const renewed = new Map(
    (await world.collections.jobs.find({}).toArray()).map(({ _id, lease }) => [_id, lease?.renewedAt.getTime() ?? 0]),
  );
  await world.start(definitions('successor'), { role: 'worker', database: await connectTo(world) });
  await untilCount(ids.length, 'started', 'successor');
  await open('early');
  await Promise.all(early.map((id) => jobs.waitFor(id, 10)));
  await until(async () => (await world.collections.jobs.countDocuments({ 'announce.pending': true })) === 0);
  const ended = await world.collections.jobs.find({ state: 'completed' }).sort({ _id: 1 }).toArray();

  await zombie.kill('SIGCONT');
  // Those whose gate is open come to their end and try to write it; the others hear that they are too late.
  await untilCount(early.length, 'returned', name);
  await until(() => world.database.collection('job_workers').findOne({ pid: zombie.pid, running: [] }), {
    withinMs: 10_000,
    message: 'the zombie has nothing in hand any more',
  });
  const endedAfterwards = await world.collections.jobs.find({ state: 'completed' }).sort({ _id: 1 }).toArray();
  await open('late');
  await Promise.all(ids.map((id) => jobs.waitFor(id, 10)));
  await untilCount(ids.length, 'returned', name);
  await zombie.kill('SIGTERM');

  const records = await world.collections.jobs.find({}).toArray();
  const starts = await effects().find({ what: 'started', who: 'successor' }).toArray();
  const latenciesMs = starts.map(({ jobId, at }) => at.getTime() - (renewed.get(jobId) ?? 0));
  const accepted = records.filter(
    ({ result, fence, ends, message }) =>
      result !== 'successor' || fence !== 2 || ends !== 1 || String(message).includes(name),
  ).length;
  const repeated = await effects().countDocuments({ what: 'repeated', step: 'pack' });
  process.stdout.write(
    `T6 zombie: zombie writes accepted ${accepted} [0], effects ${await keyed().countDocuments()} of ${ids.length * 2}, tried twice and refused ${repeated}, rescue latency p50 ${percentile(latenciesMs, 0.5)} ms, p99 ${percentile(latenciesMs, 0.99)} ms [lease ${shortTiming.leaseMs} + sweep ${shortTiming.sweepMs} ms]\n`,
  );
  expect(accepted).toBe(0);
  expect(ended).toHaveLength(early.length);
  expect(endedAfterwards).toEqual(ended);
  expect(await keyed().countDocuments()).toBe(ids.length * 2);
  expect(repeated).toBe(ids.length);
  // Each end was told by the successor alone; on a busy machine the relay may have told it again under its id.
  expect(await world.database.collection('announced').countDocuments()).toBe(0);
  expect([...new Set(world.announced.map(({ id }) => id))].toSorted()).toEqual(ids.map((id) => `${id}:1:0`).toSorted());
  expect((await jobs.ledger()).map(({ imbalance }) => imbalance)).toEqual([0, 0, 0]);
  await world.untilEmpty();
}, 60_000);

test.each([
  { how: 'cut', brokenMs: 3_000 },
  { how: 'stall', brokenMs: 3_000 },
] as const)(
  'a broker connection that is lost in mid-work ($how) loses nothing and doubles nothing',
  async ({ how, brokenMs }) => {
    proxy = await tcpProxy(world.amqpUrl);
    const api = await world.start(definitions('observer'), { role: 'api', amqpUrl: proxy.url });
    const worker = world.worker({ program, amqpUrl: proxy.url, concurrency: 10 });
    const enqueue = (from: number, times: number, gate: string) =>
      Promise.all(
        Array.from({ length: times }, (_, i) =>
          api.enqueue({ name: 'order.stepped' }, { gate }, { id: `o-${from + i}` }),
        ),
      );
    await open('open');
    await enqueue(0, 10, 'middle');
    await untilCount(10, 'started');
    await enqueue(10, 30, 'open');

    proxy[how]();
    const began = Date.now();
    await open('middle');
    await enqueue(40, 20, 'open');
    // What was in hand ends without a broker, for the record is what counts.
    await until(async () => (await api.counts()).completed >= 10, { withinMs: 20_000, message: 'what runs ends' });
    // waits: the connection is to be away for this long
    await until(() => Date.now() - began >= brokenMs, { withinMs: 20_000 });
    proxy.restore();
    await until(async () => (await api.counts()).completed === 60, {
      withinMs: 30_000,
      everyMs: 100,
      message: 'all jobs are completed',
    });
    await world.untilEmpty();

    const [started, returned, repeated] = [await count('started'), await count('returned'), await count('repeated')];
    process.stdout.write(
      `T6 partition (${how} ${brokenMs} ms): lost ${60 - (await keyed().countDocuments()) / 2} [0], runs ${started} [60], doubled effects ${repeated} [0], all done ${Date.now() - began - brokenMs} ms after the connection came back\n`,
    );
    expect({ started, returned, repeated }).toEqual({ started: 60, returned: 60, repeated: 0 });
    const records = await world.collections.jobs.find({}).toArray();
    expect(records.map(({ crashes, ends, fence }) => ({ crashes, ends, fence }))).toEqual(
      records.map(() => ({ crashes: 0, ends: 1, fence: 1 })),
    );
    expect((await api.ledger()).map(({ imbalance }) => imbalance)).toEqual([0, 0, 0]);
    expect(await world.collections.deadLetters.countDocuments()).toBe(0);
    expect(worker.starts).toBe(1);
  },
  60_000,
);
