import { concurrency } from '../define/limit-rules.ts';
import { done } from '../define/outcome.ts';
import type { JobRecord } from '../record/record.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { processUnderTest } from './process-under-test.ts';

const GATE = 'limit:a';
const definition = testJob('order.limited', async () => done(), { limits: [concurrency({ key: () => 'a', max: 1 })] });

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const processOf = (name: string, meetings?: Parameters<typeof processUnderTest>[2]) =>
  processUnderTest(world, name, meetings);

/** Two jobs under a limit of one: the first is in, the second waits. */
async function oneInOneOut(first: ReturnType<typeof processOf>) {
  const api = await world.start([definition], { role: 'api', timing: { reconcileMs: 3_600_000 } });
  const { job: inside } = await api.enqueue({ name: 'order.limited' }, {});
  const { job: outside } = await api.enqueue({ name: 'order.limited' }, {});
  const admitted = await first.admissions.admit({ jobId: inside.id, n: 1 }, definition);
  expect(await first.admissions.admit({ jobId: outside.id, n: 1 }, definition)).toEqual({ kind: 'held-back' });
  return { outside: outside.id, held: admitted.kind === 'admitted' ? admitted.taken : [] };
}

const holders = async () => {
  const rows = await world.collections.slots.find({ until: { $gt: new Date() } }).toArray();
  return rows.map(({ jobId, owner }) => [jobId, owner]);
};

test('a slot that was taken for a job which is then dispatched by somebody else stays with the job that runs on it', async () => {
  const other = processOf('other');
  const first = processOf('first');
  const { outside, held } = await oneInOneOut(first);
  await first.slots.free(held);
  const caller = processOf('caller', {
    beforeWake: async () => {
      await world.collections.jobs.updateOne({ _id: outside }, { $inc: { n: 1 } });
      await other.admissions.admit({ jobId: outside, n: 2 }, definition);
    },
  });

  await caller.caller.call([GATE]);

  expect([await holders(), caller.dispatched]).toEqual([[[outside, 'other']], []]);
});

test('of two processes that call at a gate at the same time, the second leaves the job to the first', async () => {
  const other = processOf('other');
  const first = processOf('first');
  const { outside, held } = await oneInOneOut(first);
  await first.slots.free(held);
  const caller = processOf('caller', { beforeWake: () => other.caller.call([GATE]) });

  await caller.caller.call([GATE]);

  const { n }: JobRecord = await world.record(outside);
  expect([await holders(), caller.dispatched, other.dispatched, n]).toEqual([[[outside, '']], [[outside, 2]], [], 2]);
});

test('a job whose caller has died between its slot and its call is called by the next, under a token of its own', async () => {
  const next = processOf('next');
  const first = processOf('first');
  const { outside, held } = await oneInOneOut(first);
  await first.slots.free(held);
  const [left] = await first.slots.take(
    [
      {
        gate: GATE,
        i: 0,
        jobId: outside,
        owner: '',
        hold: 'attempt',
        until: new Date(Date.now() + 40_000),
        at: new Date(Date.now() - 10_000),
        isFresh: true,
      },
    ],
    new Date(),
  );

  await next.caller.call([GATE]);
  await first.slots.free(left ? [left] : []);

  expect([await holders(), next.dispatched]).toEqual([[[outside, '']], [[outside, 2]]]);
});

test('a job that runs keeps its slot when a second message of it is held back by another limit', async () => {
  const limited = testJob('order.limited', async () => done(), {
    limits: [concurrency({ key: () => 'a', max: 1 }), concurrency({ key: () => 'b', max: 1 })],
  });
  const api = await world.start([limited], { role: 'api', timing: { reconcileMs: 3_600_000 } });
  const { job } = await api.enqueue({ name: 'order.limited' }, {});
  await processOf('runner').admissions.admit({ jobId: job.id, n: 1 }, limited);
  await world.collections.slots.updateOne({ gate: 'limit:b' }, { $set: { jobId: 'another' } });
  const late = processOf('late', {
    beforeWait: () => world.collections.jobs.updateOne({ _id: job.id }, { $set: { state: 'executing' } }),
  });

  expect(await late.admissions.admit({ jobId: job.id, n: 1 }, limited)).toEqual({ kind: 'held-back' });

  const { state, waitingFor } = await world.record(job.id);
  const kept = await world.collections.slots.find({ until: { $gt: new Date() } }, { sort: { gate: 1 } }).toArray();
  expect([kept.map(({ jobId }) => jobId), state, waitingFor]).toEqual([[job.id, 'another'], 'executing', undefined]);
});
