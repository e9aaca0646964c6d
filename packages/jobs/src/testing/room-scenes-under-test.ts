import mongoose, { type Connection } from 'mongoose';
import { concurrency } from '../define/limit-rules.ts';
import { done, fail } from '../define/outcome.ts';
import { testJob } from '../under-test/test-job.ts';
import { effectsOf, hasEnded, leave, left, marks, type SweptScene } from './crash-tools-under-test.ts';
import { eventually } from './crash-world.ts';

const QUEUE = 'orders.main';
const HOUR_MS = 3_600_000;

/** Many are acted upon at once. */
export const bulk: SweptScene = {
  points: ['operation.taken', 'operation.page-done'],
  definitions: ({ database }) => [
    testJob('order.mended', async ({ rootId }) => {
      if (!(await effectsOf(database).findOne({ _id: 'stock' })))
        return fail({ code: 'no-stock', message: 'none left' });
      await leave(database, rootId);
      return done();
    }),
  ],
  async act(jobs, { database }) {
    const ids = ['bulk-0', 'bulk-1', 'bulk-2'];
    for (const id of ids) await jobs.command('order.mended', {}, { id });
    const stateIs = async (...states: string[]) =>
      (await jobs.list({}, { limit: 9 })).items.every(({ state }) => states.includes(state));
    await eventually('all have ended', () => stateIs('failed', 'completed'), 15_000);
    await leave(database, 'stock');
    if ((await database.collection('job_operations').countDocuments()) === 0)
      await jobs.operations.onJobs('retry', { state: ['failed'] });
    await eventually('all are mended', () => stateIs('completed'), 15_000);
  },
  effects: async (database) => ({
    left: await left(database),
    ends: await database.collection('jobs').distinct('ends'),
  }),
  expected: { left: ['bulk-0', 'bulk-1', 'bulk-2', 'stock'], ends: [2] },
};

/** Jobs that are commanded together, with one that fails and is given another try. */
export const batch: SweptScene = {
  points: [
    'batch.written',
    'batch.chunk-enqueued',
    'batch.member-counted',
    'batch.closed',
    'batch.end-commanded',
    'batch.wish-granted',
  ],
  definitions: (tools) => [
    testJob('order.member', async ({ rootId, payload }) => {
      if (payload['i'] === 1 && !(await effectsOf(tools.database).findOne({ _id: 'stock' })))
        return fail({ code: 'no-stock', message: 'none left' });
      await leave(tools.database, `member-${payload['i'] ?? rootId}`);
      return done();
    }),
    marks(tools),
  ],
  async act(jobs, { database }) {
    const members = [0, 1, 2].map((i) => ({ job: { name: 'order.member' }, payload: { i } }));
    const onEnd = { name: 'order.mark', payload: { mark: 'closed' } };
    await jobs.batch({ id: 'batch', name: 'three', jobs: members, onEnd });
    await eventually('the batch has ended', async () => (await jobs.batches.find('batch')).state !== 'open', 15_000);
    await leave(database, 'stock');
    if ((await jobs.batches.find('batch')).failed > 0) await jobs.batches.retryFailed('batch');
    await eventually('all is done', async () => (await jobs.batches.find('batch')).state === 'completed', 15_000);
  },
  effects: async (database) => ({
    left: await left(database),
    batches: (await database.collection('job_batches').find({}).toArray()).map(({ state, completed }) => [
      state,
      completed,
    ]),
  }),
  expected: { left: ['closed', 'member-0', 'member-1', 'member-2', 'stock'], batches: [['completed', 3]] },
};

const lettersIn = (database: Connection) =>
  database.collection('dead_letters').countDocuments({ reason: 'body-malformed' });
const sessionsIn = (database: Connection) =>
  database.collection<{ _id: string }>('job_workers').countDocuments({ _id: 'dead', session: { $exists: true } });

/** One at a time, of a queue with turns. */
export const gates: SweptScene = {
  points: [
    'gate.queued-up',
    'gate.slots-taken',
    'gate.waiter-written',
    'gate.held-back',
    'gate.called',
    'gate.slots-freed',
  ],
  definitions: ({ database }) => [
    testJob(
      'order.limited',
      async ({ rootId }) => {
        await leave(database, rootId);
        return done();
      },
      { limits: [concurrency({ key: () => 'one', max: 1 })] },
    ),
    testJob(
      'order.fair',
      async ({ rootId }) => {
        await leave(database, rootId);
        return done();
      },
      { fair: { tenant: () => 'one' }, contract: { queue: 'orders.fair' } },
    ),
  ],
  async act(jobs) {
    for (const id of ['fair-1', 'fair-2']) await jobs.command('order.fair', {}, { id });
    await Promise.all(['limited-1', 'limited-2', 'limited-3'].map((id) => jobs.command('order.limited', {}, { id })));
  },
  effects: left,
  expected: ['fair-1', 'fair-2', 'limited-1', 'limited-2', 'limited-3'],
};

/** The latest waits for the one that runs. */
export const latest: SweptScene = {
  points: ['successor.key-taken', 'successor.promoted', 'successor.left-its-place'],
  definitions: ({ database }) => [
    testJob(
      'order.latest',
      async ({ rootId, payload }) => {
        if (payload['is'] === 'first')
          await eventually(
            'somebody waits',
            async () => (await database.collection<{ _id: string }>('jobs').countDocuments({ _id: 'second' })) > 0,
            10_000,
          );
        await leave(database, rootId);
        return done();
      },
      { unique: { key: () => 'one', onConflict: 'keep-latest-after-current' } },
    ),
  ],
  async act(jobs, { database }) {
    if (!(await hasEnded(database, 'first'))) await jobs.command('order.latest', { is: 'first' }, { id: 'first' });
    await eventually('the first runs', async () => (await jobs.find('first')).startedAt !== null, 10_000);
    await jobs.command('order.latest', { is: 'second' }, { id: 'second' });
  },
  effects: left,
  expected: ['first', 'second'],
};

/** A clock that commands each second; none is left out, none comes twice. */
export const clock: SweptScene = {
  points: ['tick.decided', 'tick.enqueued'],
  definitions: ({ database }) => [
    testJob('order.tick', async ({ rootId }) => {
      await leave(database, rootId);
      return done();
    }),
  ],
  options: {
    schedules: [
      {
        name: 'each.second',
        job: 'order.tick',
        policy: { cron: '* * * * * *', timeZone: null, misfire: 'all', payload: {}, lane: null, graceMs: null },
      },
    ],
  },
  act: (_jobs, { database }) => eventually('three ticks', async () => (await left(database)).length >= 3, 15_000),
  async effects(database) {
    const times = (await left(database)).map((id) => Date.parse(id.replace(/^cron:each\.second:/, '')) / 1_000);
    return times.every((time, index) => time === (times[0] ?? 0) + index);
  },
  expected: true,
};

/** What the sweeper finds, and what the undertaker. */
export const swept: SweptScene = {
  points: [
    'sweep.lease-taken',
    'sweep.redispatch-written',
    'sweep.release-written',
    'sweep.missing-rung',
    'sweep.sessions-ended',
    'dead.letter-written',
    'dead.buried',
  ],
  definitions: (tools) => [marks(tools)],
  async arrange(jobs, { database }) {
    const records = database.collection<{ _id: string }>('jobs');
    const old = new Date(Date.now() - 60_000);
    for (const id of ['expired', 'overdue', 'unrung']) await jobs.command('order.mark', {}, { id });
    const lease = { token: 'lost', owner: 'dead', renewedAt: old };
    await records.updateOne(
      { _id: 'expired' },
      { $set: { state: 'executing', lease, fence: 1, attempt: 1 }, $unset: { wakeAt: '' } },
    );
    // Rung for when the queue came up, as far as one can see: only the sweeper will look again.
    await records.updateOne(
      { _id: 'overdue' },
      { $set: { nextRunAt: old, wakeAt: old, dispatchedAt: new Date(Date.now() + HOUR_MS) } },
    );
    const session = { id: new mongoose.mongo.UUID() };
    await database
      .collection<{ _id: string }>('job_workers')
      .insertOne({ _id: 'dead', heartbeatAt: old, session } as { _id: string });
  },
  async act(jobs, { ring, database }) {
    await jobs.command('order.mark', {}, { id: 'scheduled', runAt: new Date(Date.now() + 300) });
    await ring(QUEUE, 'no json');
    await eventually('the dead worker has no session', async () => (await sessionsIn(database)) === 0, 10_000);
    await eventually('the letter is kept', async () => (await lettersIn(database)) === 1, 10_000);
  },
  effects: async (database) => ({
    left: await left(database),
    letters: await lettersIn(database),
    sessions: await sessionsIn(database),
  }),
  expected: { left: ['expired', 'overdue', 'scheduled', 'unrung'], letters: 1, sessions: 0 },
};
