import { until } from '@millrace/testkit';
import { concurrency } from '../define/limit-rules.ts';
import { done } from '../define/outcome.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { processUnderTest } from './process-under-test.ts';
import type { TakenSlot } from './slots.ts';

const definition = testJob('order.limited', async () => done(), { limits: [concurrency({ key: () => 'a', max: 1 })] });

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

/** A process, with somebody who gives the slot back just before or just after a waiter is written. */
function interrupted(giveBack: 'before' | 'after', held: () => TakenSlot[]) {
  const release = async () => {
    await me.slots.free(held());
    await me.caller.call(['limit:a']);
  };
  const me: ReturnType<typeof processUnderTest> = processUnderTest(
    world,
    'me',
    giveBack === 'before' ? { beforeWait: release } : { afterWait: release },
  );
  return me;
}

test.each(['before', 'after'] as const)(
  'a job that finds no slot is called when the slot is given back just %s it has said that it waits',
  async (when) => {
    const api = await world.start([definition], { role: 'api', timing: { reconcileMs: 3_600_000 } });
    const [first, second] = [
      await api.enqueue({ name: 'order.limited' }, {}),
      await api.enqueue({ name: 'order.limited' }, {}),
    ];
    let held: readonly TakenSlot[] = [];
    const { admissions, dispatched } = interrupted(when, () => [...held]);
    const admitted = await admissions.admit({ jobId: first.job.id, n: 1 }, definition);
    held = admitted.kind === 'admitted' ? admitted.taken : [];

    const answer = await admissions.admit({ jobId: second.job.id, n: 1 }, definition);

    const { n, waitingFor, state } = await world.record(second.job.id);
    expect([held.length, answer, n, waitingFor, state]).toEqual([1, { kind: 'held-back' }, 2, undefined, 'available']);
    expect(dispatched).toEqual([[second.job.id, 2]]);
    await until(async () => (await world.collections.waiters.countDocuments({})) === 0);
    const reserved = await world.collections.slots.find({ jobId: second.job.id }).toArray();
    expect(reserved).toMatchObject([{ gate: 'limit:a', i: 0, owner: '' }]);
    const called = await admissions.admit({ jobId: second.job.id, n: 2 }, definition);
    expect(called).toMatchObject({ kind: 'admitted', taken: [{ _id: 'limit:a#0', owner: 'me' }] });
    expect(called).not.toMatchObject({ taken: [{ token: reserved[0]?.token }] });
  },
);
