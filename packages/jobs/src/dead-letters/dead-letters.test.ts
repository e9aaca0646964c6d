import { until } from '@millrace/testkit';
import { z } from 'zod';
import { done, fail } from '../define/outcome.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const payload = z.object({ order: z.int(), filler: z.string().optional() });
const contract = { payload, versions: { 1: payload } };
const letters = () => world.collections.deadLetters.find({}).toArray();
const start = (runs: unknown[] = []) =>
  world.start([
    testJob(
      'order.ship',
      async ({ payload: { order }, jobId, rootId }) => {
        runs.push({ order, jobId, rootId });
        return order === 13 ? fail({ code: 'order-cursed', message: `order ${order} is cursed` }) : done();
      },
      { contract },
    ),
  ]);
const failed = async (jobs: Jobs) =>
  jobs.waitFor((await jobs.enqueue({ name: 'order.ship' }, { order: 13 })).job.id, 10);

test.each([
  { what: 'malformed JSON', body: Buffer.from('{"jobId": '), type: 'order.ship@1', reason: 'body-malformed' },
  {
    what: 'bytes that are no text',
    body: Buffer.from([0xff, 0x00, 0xfe]),
    type: 'order.ship@1',
    reason: 'body-malformed',
  },
  { what: 'an unknown job', body: { jobId: 'j', n: 1 }, type: 'order.burn@1', reason: 'job-unknown' },
  {
    what: 'a payload that misses its schema',
    body: { jobId: 'j', n: 1, payload: { order: 'seven' } },
    type: 'order.ship@1',
    reason: 'payload-invalid',
  },
  { what: 'two megabytes', body: Buffer.alloc(2 * 1024 * 1024, 'x'), type: 'order.ship@1', reason: 'body-too-large' },
  {
    what: 'a job without a record',
    body: { jobId: 'never-heard-of', n: 1 },
    type: 'order.ship@1',
    reason: 'record-missing',
  },
])('$what becomes a dead letter: $reason', async ({ body, type, reason }) => {
  const runs: unknown[] = [];
  await start(runs);

  await world.publish(body, { type, messageId: 'm1' });
  const [letter] = await until(async () => {
    const found = await letters();
    return found.length > 0 && found;
  });
  await world.untilEmpty();

  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  expect(letter).toMatchObject({
    source: 'message',
    reason,
    type,
    messageId: 'm1',
    state: 'open',
    times: 1,
    truncated: false,
  });
  expect(Buffer.from(letter?.body ?? '', letter?.encoding)).toEqual(bytes);
  expect(runs).toEqual([]);
});

test('the same dead letter again only counts', async () => {
  await start();

  for (let times = 1; times <= 3; times++) {
    await world.publish(Buffer.from('nonsense'), { messageId: 'm1' });
    await until(async () => (await letters())[0]?.times === times);
  }

  expect(await letters()).toHaveLength(1);
});

test('a message without a record is an imbalance until somebody has dealt with it', async () => {
  const jobs = await start();

  await world.publish({ jobId: 'never-heard-of', n: 1 }, { type: 'order.ship@1' });
  const [letter] = await until(async () => {
    const found = await letters();
    return found.length > 0 && found;
  });
  const before = await jobs.ledger();
  await jobs.deadLetters.decide(letter?._id ?? '', 'resolved', 'a test');

  expect(before).toEqual([expect.objectContaining({ imbalance: 1 })]);
  expect(await jobs.ledger()).toEqual([expect.objectContaining({ imbalance: 0 })]);
});

test('five copies of one message run the job once', async () => {
  const runs: unknown[] = [];
  const jobs = await start(runs);
  const { job } = await jobs.enqueue({ name: 'order.ship' }, { order: 7 }, { runAt: new Date(Date.now() + 500) });
  await until(async () => (await world.record(job.id)).n === 2);

  await Promise.all(
    Array.from({ length: 5 }, () =>
      world.publish({ jobId: job.id, n: 2, payload: { order: 7 } }, { type: 'order.ship@1' }),
    ),
  );
  await jobs.waitFor(job.id, 10);
  await Promise.all(
    Array.from({ length: 5 }, () => world.publish({ jobId: job.id, n: 2 }, { type: 'order.ship@1', lane: 'retry' })),
  );
  await world.untilEmpty();

  expect(runs).toHaveLength(1);
  expect(await world.record(job.id)).toMatchObject({ state: 'completed', fence: 1, attempt: 1, ends: 1 });
  expect(await letters()).toEqual([]);
});

test('a message that lies about its dispatch number runs nothing', async () => {
  const runs: unknown[] = [];
  const jobs = await start(runs);
  const { job } = await jobs.enqueue({ name: 'order.ship' }, { order: 7 }, { runAt: new Date(Date.now() + 3_600_000) });

  await world.publish({ jobId: job.id, n: 1 }, { type: 'order.ship@1' });
  await world.publish({ jobId: job.id, n: 2 }, { type: 'order.ship@1' });
  await world.publish({ jobId: job.id, n: 99 }, { type: 'order.ship@1' });
  await world.untilEmpty();

  expect(runs).toEqual([]);
  expect(await world.record(job.id)).toMatchObject({ state: 'scheduled', n: 1, fence: 0 });
});

test('what the broker gives up on is looked up in the records and dispatched afresh', async () => {
  const runs: unknown[] = [];
  const jobs = await start(runs);
  const { job } = await jobs.enqueue({ name: 'order.ship' }, { order: 7 }, { runAt: new Date(Date.now() + 3_600_000) });
  // A job whose message the broker has dead-lettered: nothing of it is left in its lanes.
  await world.collections.jobs.updateOne(
    { _id: job.id },
    {
      $set: { state: 'available', nextRunAt: new Date(), wakeAt: new Date(Date.now() + 3_600_000) },
      $unset: { dueAt: '' },
    },
  );

  await world.onChannel(async (channel) => {
    channel.publish(world.names.dead, world.service, Buffer.from(JSON.stringify({ jobId: job.id, n: 1 })), {
      type: 'order.ship@1',
      headers: { 'x-death': [{ reason: 'delivery_limit' }] },
    });
    await channel.checkQueue(world.names.deadQueue);
  });

  expect(await jobs.waitFor(job.id, 5)).toMatchObject({ state: 'completed' });
  expect(await letters()).toEqual([]);
  await world.untilEmpty();
});

test('a message returned too often passes through the dead letters and still runs', async () => {
  const runs: unknown[] = [];
  const here = await world.start([testJob('order.ship', async () => done(), { contract })], { role: 'api' });
  const { job } = await here.enqueue({ name: 'order.ship' }, { order: 7 });
  const lane = world.names.queue('orders.main', 'std');

  // Twenty returns are the limit; the twenty-first one is the broker's last.
  await world.onChannel(async (channel) => {
    await until(async () => {
      const message = await channel.get(lane, { noAck: false });
      if (message) channel.nack(message, false, true);
      return (
        (await world.collections.jobs.countDocuments({ _id: job.id })) === 1 &&
        (message ? (message.properties.headers?.['x-delivery-count'] ?? 0) >= 20 : false)
      );
    });
  });
  // The undertaker has put it back: a fresh message, with no deliveries counted.
  const fresh = await world.onChannel(async (channel) => {
    const message = await until(() => channel.get(lane, { noAck: false }));
    channel.nack(message, false, true);
    return message;
  });
  await start(runs);

  expect(fresh.properties.headers?.['x-delivery-count'] ?? 0).toBe(0);
  expect(fresh.properties.headers?.['x-death']).toBeUndefined();
  expect(await here.waitFor(job.id, 10)).toMatchObject({ state: 'completed' });
  expect(runs).toHaveLength(1);
});

test('failed jobs that failed alike are one group, and replaying one runs it again under its id', async () => {
  const runs: unknown[] = [];
  const jobs = await start(runs);
  const first = await failed(jobs);
  const second = await failed(jobs);

  const groups = await jobs.deadLetters.groups();
  const members = await jobs.deadLetters.members(groups[0]?.fingerprint ?? '');
  const { job } = await jobs.deadLetters.replay(first.id);
  const again = await jobs.waitFor(first.id, 10);

  expect(groups).toEqual([
    expect.objectContaining({ source: 'job', name: 'order.ship', code: 'order-cursed', count: 2 }),
  ]);
  expect(members.map(({ id }) => id)).toEqual([second.id, first.id]);
  expect(job).toMatchObject({ id: first.id, state: 'available', attempt: 0 });
  expect(again).toMatchObject({ state: 'failed', attempt: 1 });
  expect(runs).toHaveLength(3);
  expect(await jobs.ledger()).toEqual([expect.objectContaining({ accepted: 2, failed: 2, imbalance: 0 })]);
});

test('an edited replay is a new job of the same root, and the letter is closed', async () => {
  const runs: unknown[] = [];
  const jobs = await start(runs);
  const dead = await failed(jobs);

  await expect(jobs.deadLetters.replay(dead.id, { payload: { order: 'x' } })).rejects.toMatchObject({
    code: 'payload-invalid',
  });
  const { job } = await jobs.deadLetters.replay(dead.id, { payload: { order: 7 } });
  const ended = await jobs.waitFor(job?.id ?? '', 10);

  expect(ended).toMatchObject({ state: 'completed', rootId: dead.id, replayedFrom: dead.id, payload: { order: 7 } });
  expect(ended.id).not.toBe(dead.id);
  expect(runs).toEqual([expect.objectContaining({ order: 13 }), { order: 7, jobId: ended.id, rootId: dead.id }]);
  expect(await jobs.deadLetters.groups()).toEqual([]);
  expect(await jobs.ledger()).toEqual([
    expect.objectContaining({ accepted: 2, failed: 1, succeeded: 1, imbalance: 0 }),
  ]);
});

test('a dead message is replayed as one command, with the payload that it carried or another one', async () => {
  const runs: unknown[] = [];
  const jobs = await start(runs);
  await world.publish({ jobId: 'gone', n: 1, payload: { order: 7 } }, { type: 'order.ship@1' });
  await world.publish(Buffer.from('nonsense'), { type: 'order.ship@1' });
  const [good, bad] = await until(async () => {
    const found = (await letters()).toSorted((one) => (one.reason === 'record-missing' ? -1 : 1));
    return found.length === 2 && found;
  });

  const { job } = await jobs.deadLetters.replay(good?._id ?? '');
  await jobs.deadLetters.replay(good?._id ?? '');
  await expect(jobs.deadLetters.replay(bad?._id ?? '')).rejects.toMatchObject({ code: 'dead-letter-not-replayable' });
  const edited = await jobs.deadLetters.replay(bad?._id ?? '', { payload: { order: 8 } });
  await Promise.all([job, edited.job].map((one) => jobs.waitFor(one?.id ?? '', 10)));

  expect(runs).toEqual(
    expect.arrayContaining([expect.objectContaining({ order: 7 }), expect.objectContaining({ order: 8 })]),
  );
  expect(runs).toHaveLength(2);
  expect(await jobs.deadLetters.groups()).toEqual([]);
});

test('letters can be parked, resolved and deleted', async () => {
  const jobs = await start();
  const dead = await failed(jobs);
  await world.publish(Buffer.from('nonsense'));
  const [letter] = await until(async () => {
    const found = await letters();
    return found.length > 0 && found;
  });

  expect(await jobs.deadLetters.decide(dead.id, 'parked', 'ask Ann')).toMatchObject({
    source: 'job',
    state: 'parked',
    note: 'ask Ann',
  });
  expect((await jobs.deadLetters.groups()).map(({ source }) => source)).toEqual(['message']);
  expect(await jobs.deadLetters.members(dead.fingerprint ?? '')).toHaveLength(1);
  await jobs.deadLetters.decide(dead.id, 'resolved', 'done by hand');
  expect(await jobs.deadLetters.members(dead.fingerprint ?? '')).toEqual([]);
  await jobs.deadLetters.remove(letter?._id ?? '');
  await jobs.deadLetters.remove(dead.id);

  expect(await letters()).toEqual([]);
  await expect(jobs.find(dead.id)).rejects.toMatchObject({ code: 'job-not-found' });
  await expect(jobs.deadLetters.remove('never-heard-of')).rejects.toMatchObject({ code: 'dead-letter-not-found' });
  expect(await jobs.ledger()).toEqual([expect.objectContaining({ accepted: 0, imbalance: 0 })]);
});
