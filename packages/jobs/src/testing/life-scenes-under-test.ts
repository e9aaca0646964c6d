import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mongoose';
import type { Run } from '../define/define-job.ts';
import { done, fail, snooze } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import { testJob } from '../under-test/test-job.ts';
import { effectsOf, hasEnded, leave, left, marks, over, type SweptScene, statesOf } from './crash-tools-under-test.ts';
import { eventually } from './crash-world.ts';

const HOUR_MS = 3_600_000;

/** Fails once, snoozes once, ends with an event and a follow-up. */
export const life: SweptScene = {
  points: [
    'enqueue.checked',
    'enqueue.key-taken',
    'enqueue.record-written',
    'enqueue.journalled',
    'dispatch.unpublished',
    'dispatch.published',
    'claim.unwritten',
    'claim.written',
    'claim.read',
    'commit.plainly-written',
    'run.unstarted',
    'run.returned',
    'run.left',
    'end.written',
    'wait.written',
    'wait.dispatched',
    'tell.follow-up-enqueued',
    'tell.unannounced',
    'tell.announced',
    'tell.cleared',
    'step.done',
    'step.written',
    'step.fenced-written',
    'step.apart-written',
  ],
  definitions: (tools) => [
    testJob('order.live', (run) => liveOn(tools.database, run), {
      unique: { key: () => 'one' },
      retry: [on(RangeError, every(250))],
      onEnd: over,
    }),
    marks(tools),
  ],
  command: { name: 'order.live', payload: {}, id: 'live' },
  effects: async (database) => ({
    effects: await left(database),
    jobs: Object.values(await statesOf(database)),
    ends: await database.collection('jobs').countDocuments({ ends: 1 }),
  }),
  expected: { effects: ['live:box', 'live:packed', 'mark'], jobs: ['completed', 'completed'], ends: 2 },
};

async function liveOn(database: Connection, run: Run<unknown>) {
  const { attempt, rootId } = run;
  await run.step('box', async () => {
    await leave(database, `${rootId}:box`);
    // Too large for the record.
    return 'x'.repeat(5_000);
  });
  if (attempt === 1) throw new RangeError('the first attempt fails');
  if (run.cursor === undefined) {
    await run.checkpoint('has slept');
    return snooze(250);
  }
  await run.step('pack', async () => {
    await leave(database, `${rootId}:packed`);
    return 2;
  });
  return done({ jobs: [{ name: 'order.mark', payload: { mark: 'mark' } }] });
}

/** Long enough for a heartbeat. */
export const long: SweptScene = {
  points: ['heartbeat.written', 'heartbeat.wishes-read'],
  definitions: ({ database }) => [
    testJob('order.long', async ({ rootId }) => {
      await delay(600); // waits: the heart beats every 250 ms
      await leave(database, rootId);
      return done();
    }),
  ],
  command: { name: 'order.long', payload: {}, id: 'long' },
  effects: left,
  expected: ['long'],
};

const manyIds = Array.from({ length: 24 }, (_, i) => `many-${String(i).padStart(2, '0')}`);

/** Enough at once for a transaction. */
export const many: SweptScene = {
  points: ['commit.transaction-begun', 'commit.bulk-written', 'commit.committed'],
  definitions: (tools) => [marks(tools)],
  act: async (jobs) => {
    await Promise.all(manyIds.map((id) => jobs.command('order.mark', {}, { id })));
  },
  effects: left,
  expected: manyIds,
};

/** A key changes hands, and a caller's transaction commands. */
export const keys: SweptScene = {
  points: ['enqueue.key-stolen', 'enqueue.session-record-written', 'enqueue.session-journalled'],
  definitions: ({ database }) => [
    testJob(
      'order.keyed',
      async ({ rootId }) => {
        await leave(database, rootId);
        return done();
      },
      { unique: { key: () => 'one' } },
    ),
    testJob('order.mark', async () => {
      await leave(database, 'committed');
      return done();
    }),
  ],
  async act(jobs, { database, dies }) {
    for (const id of ['keyed-1', 'keyed-2']) {
      if (!(await hasEnded(database, id))) await jobs.command('order.keyed', {}, { id });
      await jobs.waitFor(id, 10);
    }
    // What was not committed does not exist: the process that goes on commands under an id of its own.
    const id = `in-session-${dies}`;
    await database.transaction(async (session) => void (await jobs.command('order.mark', {}, { id, session })));
  },
  effects: left,
  expected: ['committed', 'keyed-1', 'keyed-2'],
};

/** What people do to jobs. */
export const deeds: SweptScene = {
  points: ['cancel.waiting-ended', 'cancel.wished', 'retry.key-retaken', 'retry.written', 'remove.unjournalled'],
  definitions: (tools) => [
    testJob(
      'order.patient',
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
      { onEnd: over },
    ),
    testJob(
      'order.mended',
      async ({ rootId }) => {
        if (!(await effectsOf(tools.database).findOne({ _id: 'stock' })))
          return fail({ code: 'no-stock', message: 'none left' });
        await leave(tools.database, rootId);
        return done();
      },
      { unique: { key: () => 'stock' }, onEnd: over },
    ),
    marks(tools),
  ],
  async act(jobs, { database }) {
    await jobs.command('order.patient', {}, { id: 'waits', runAt: new Date(Date.now() + HOUR_MS) });
    await jobs.cancel('waits');
    await jobs.command('order.patient', {}, { id: 'runs' });
    await eventually('the patient one runs', async () => (await jobs.find('runs')).startedAt !== null, 10_000);
    await jobs.cancel('runs');
    await jobs.waitFor('runs', 10);

    await jobs.command('order.mended', {}, { id: 'mended' });
    const failed = await jobs.waitFor('mended', 10);
    await leave(database, 'stock');
    if (failed.state === 'failed') await jobs.retry('mended');
    await jobs.waitFor('mended', 10);

    await jobs.command('order.mark', {}, { id: 'removed' });
    await jobs.waitFor('removed', 10);
    await jobs.remove('removed');
  },
  effects: async (database) => ({ left: await left(database), jobs: await statesOf(database) }),
  expected: {
    left: ['mended', 'removed', 'stock'],
    jobs: { mended: 'completed', runs: 'cancelled', waits: 'cancelled' },
  },
};
