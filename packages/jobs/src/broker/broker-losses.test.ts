import { randomUUID } from 'node:crypto';
import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { SUSPECT } from '../record/labels.ts';
import { gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { QUARANTINE_CRASHES } from './dispatcher.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const ship = { name: 'order.ship' };
const quick = () => testJob('order.ship', async () => done());
const lane = (name: 'hi' | 'std' | 'lo' | 'retry') => world.names.queue('orders.main', name);

test('a queue that is deleted under its consumer is declared again, and its jobs run', async () => {
  const hold = gate();
  const runs: string[] = [];
  const jobs = await world.start(
    [
      testJob('order.ship', async ({ jobId }) => {
        runs.push(jobId);
        await hold.promise;
        return done();
      }),
    ],
    { concurrency: 1, timing: { redispatchMs: 60_000 } },
  );
  const ids = await Promise.all(Array.from({ length: 5 }, async () => (await jobs.enqueue(ship, {})).job.id));
  await until(() => runs.length === 1);

  await world.onChannel((channel) => channel.deleteQueue(lane('std')));
  hold.resolve();
  const ended = await Promise.all(ids.map((id) => jobs.waitFor(id, 10)));

  expect(ended.map(({ state, attempt }) => ({ state, attempt }))).toEqual(
    ids.map(() => ({ state: 'completed', attempt: 1 })),
  );
  expect(runs.toSorted()).toEqual(ids.toSorted());
  await world.untilEmpty();
});

test('a command without a queue comes back, the queue is declared again, and the job runs', async () => {
  const api = await world.start([quick()], { role: 'api', timing: { redispatchMs: 60_000 } });
  await world.onChannel(async (channel) => {
    for (const name of ['hi', 'std', 'lo', 'retry'] as const) await channel.deleteQueue(lane(name));
  });

  const { job } = await api.enqueue(ship, {});
  // Once or twice: the command that came back, and the look at all that waits behind a queue that was missing.
  await until(async () => (await world.depths())['std'], { withinMs: 20_000, message: 'the job is rung for' });

  expect(world.logs).toContainEqual(
    expect.objectContaining({
      message: 'job waits in its record',
      fields: expect.objectContaining({ reason: expect.stringContaining('unroutable') }),
    }),
  );
  await world.start([quick()]);
  expect(await api.waitFor(job.id, 10)).toMatchObject({ state: 'completed', attempt: 1 });
  await world.untilEmpty();
});

test('what a full queue refuses waits in the records and runs when there is room', async () => {
  const api = await world.start([quick()], { role: 'api' });
  // 64 MiB are the limit of a lane, and it is a soft one.
  await world.onChannel(async (channel) => {
    for (let megabytes = 0; megabytes < 70; megabytes++)
      channel.sendToQueue(lane('std'), Buffer.alloc(1024 * 1024), { persistent: true });
    await channel.checkQueue(lane('std'));
  });

  const ids = await Promise.all(Array.from({ length: 20 }, async () => (await api.enqueue(ship, {})).job.id));
  await until(
    () => world.logs.filter(({ fields }) => String(fields['reason']).includes('refused')).length >= ids.length,
  );
  await world.onChannel((channel) => channel.purgeQueue(lane('std')));
  await world.start([quick()]);
  const ended = await Promise.all(ids.map((id) => api.waitFor(id, 15)));

  expect(ended.map(({ state }) => state)).toEqual(ids.map(() => 'completed'));
  expect(await world.collections.deadLetters.countDocuments()).toBe(0);
  await world.untilEmpty();
});

test('a message that is long on its way is sent again at doubling intervals, under the same number', async () => {
  const api = await world.start([quick()], { role: 'api', timing: { redispatchMs: 200, sweepMs: 50 } });
  const held: string[] = [];

  await world.onChannel(async (channel) => {
    // Takes every message and never answers: the lanes are empty and the job does not run.
    await channel.consume(lane('std'), (message) => held.push(String(message?.properties.messageId)));
    const { job } = await api.enqueue(ship, {}, { id: `job-${randomUUID()}` });
    const sentAt = Date.now();
    await until(() => held.length === 5, { withinMs: 15_000 });
    // 200 + 400 + 800 + 1,600 ms at the least.
    expect(Date.now() - sentAt).toBeGreaterThan(2_900);
    expect(new Set(held)).toEqual(new Set([`${job.id}:1`]));
    expect((await world.record(job.id)).dispatches).toBe(5);
  });

  await world.start([quick()]);
  await until(async () => (await api.counts()).completed === 1);
  expect((await world.collections.jobs.find({}).toArray()).map(({ fence, n }) => ({ fence, n }))).toEqual([
    { fence: 1, n: 1 },
  ]);
  await world.untilEmpty();
});

test('a suspect whose message is lost is rung for again while others wait in their lanes', async () => {
  const api = await world.start([quick()], { role: 'api', timing: { redispatchMs: 200, sweepMs: 50 } });
  const { job } = await api.enqueue(ship, {});
  await world.onChannel((channel) => channel.purgeQueue(lane('std')));
  await api.enqueue(ship, {});
  const { modifiedCount } = await world.collections.jobs.updateOne(
    { _id: job.id, crashes: 0 },
    { $set: { crashes: QUARANTINE_CRASHES }, $addToSet: { labels: SUSPECT } },
  );

  await until(async () => (await world.depths())['quarantine'] === 1);

  expect(modifiedCount).toBe(1);
  await world.start([quick()]);
  expect(await api.waitFor(job.id, 15)).toMatchObject({ state: 'completed' });
  await world.untilEmpty();
});

test('a channel that the broker closes is opened again, and both sides go on', async () => {
  const jobs = await world.start([quick()], { timing: { redispatchMs: 60_000 } });
  const { job: waiting } = await jobs.enqueue(ship, {}, { runAt: new Date(Date.now() + 3_600_000) });
  const hold = gate();
  const slow = await world.start([
    testJob(
      'order.slow',
      async () => {
        await hold.promise;
        return done();
      },
      { contract: { queue: 'orders.slow' } },
    ),
  ]);
  const { job } = await slow.enqueue({ name: 'order.slow' }, {});
  await until(async () => (await slow.find(job.id)).state === 'executing');
  // A hint to an exchange that is gone is a channel error for the publisher.
  await world.onChannel((channel) => channel.deleteExchange(world.names.hints));
  await slow.cancel(job.id);
  hold.resolve();
  await slow.waitFor(job.id, 10);

  await until(() => [...jobs.troubles(), ...slow.troubles()].length === 0, { withinMs: 10_000 });
  await jobs.runNow(waiting.id);
  expect(await jobs.waitFor(waiting.id, 10)).toMatchObject({ state: 'completed' });
  const { job: next } = await slow.enqueue({ name: 'order.slow' }, {});
  expect(await slow.waitFor(next.id, 10)).toMatchObject({ state: 'completed' });
});
