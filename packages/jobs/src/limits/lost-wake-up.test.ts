import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { DatabaseClock } from '../record/database-clock.ts';
import { GroupCommit } from '../record/group-commit.ts';
import type { JobRecord } from '../record/record.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { Admissions } from './admission.ts';
import { Caller } from './caller.ts';
import type { WaiterRow } from './gate-row.ts';
import { Gates } from './gates.ts';
import { concurrency } from './limit-rules.ts';
import { Slots, type TakenSlot } from './slots.ts';
import { Waiters } from './waiters.ts';

const definition = testJob('order.limited', async () => done(), { limits: [concurrency({ key: () => 'a', max: 1 })] });
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

/** What decides in a worker, with somebody who gives the slot back just before or just after a waiter is written. */
function rooms(giveBack: 'before' | 'after', held: () => TakenSlot[]) {
  const { collections, database } = world;
  const clock = new DatabaseClock(database, 20_000);
  const commit = new GroupCommit({ client: database.getClient(), jobs: collections.jobs, clock, log });
  const gates = new Gates({ collections, clock, maxOf: ({ declared }) => declared, concurrency: 1 });
  const slots = new Slots(database.getClient(), collections);
  const dispatched: JobRecord[] = [];
  const release = async () => {
    await slots.free(held());
    await caller.call(['limit:a']);
  };
  class Interrupted extends Waiters {
    override async put(rows: readonly WaiterRow[]): Promise<void> {
      if (giveBack === 'before') await release();
      await super.put(rows);
      if (giveBack === 'after') await release();
    }
  }
  const shared = { collections, gates, slots, waiters: new Interrupted(collections), clock, commit };
  const caller: Caller = new Caller({
    ...shared,
    dispatcher: { dispatch: async (record) => dispatched.push(record) > 0 },
    graceMs: 40_000,
    redispatchMs: 20_000,
    log,
  });
  return { dispatched, admissions: new Admissions({ ...shared, caller, owner: 'me', leaseMs: 20_000 }) };
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
    const { admissions, dispatched } = rooms(when, () => [...held]);
    const admitted = await admissions.admit({ jobId: first.job.id, n: 1 }, definition);
    held = admitted.kind === 'admitted' ? admitted.taken : [];

    const answer = await admissions.admit({ jobId: second.job.id, n: 1 }, definition);

    const { n, waitingFor, state } = await world.record(second.job.id);
    expect([held.length, answer, n, waitingFor, state]).toEqual([1, { kind: 'held-back' }, 2, undefined, 'available']);
    expect(dispatched.map(({ _id, n: of }) => [_id, of])).toEqual([[second.job.id, 2]]);
    await until(async () => (await world.collections.waiters.countDocuments({})) === 0);
    const reserved = await world.collections.slots.find({ jobId: second.job.id }).toArray();
    expect(reserved).toMatchObject([{ gate: 'limit:a', i: 0, owner: '' }]);
    const called = await admissions.admit({ jobId: second.job.id, n: 2 }, definition);
    expect(called).toMatchObject({ kind: 'admitted', taken: [{ _id: 'limit:a#0', owner: 'me' }] });
    expect(called).not.toMatchObject({ taken: [{ token: reserved[0]?.token }] });
  },
);
