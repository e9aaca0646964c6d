import { DatabaseClock } from '../record/database-clock.ts';
import { GroupCommit } from '../record/group-commit.ts';
import type { Written } from '../record/record-writes.ts';
import type { World } from '../under-test/jobs-under-test.ts';
import { Admissions } from './admission.ts';
import { Caller } from './caller.ts';
import type { WaiterRow } from './gate-row.ts';
import { Gates } from './gates.ts';
import { Slots } from './slots.ts';
import { Waiters } from './waiters.ts';

type Meanwhile = () => Promise<unknown>;
const nothing: Meanwhile = async () => undefined;
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** What happens to others while a process is in the middle of something. */
type Meetings = {
  /** Between its taking a slot for a job and its calling the job. */
  readonly beforeWake?: Meanwhile;
  /** Between its finding a gate shut and its writing down that the job waits. */
  readonly beforeWait?: Meanwhile;
  readonly afterWait?: Meanwhile;
};

/** All that decides about limits in a process, without the process. `dispatched` are the jobs that it has called. */
export function processUnderTest({ collections, database }: World, name: string, meetings: Meetings = {}) {
  const { beforeWake = nothing, beforeWait = nothing, afterWait = nothing } = meetings;
  const parts = {
    client: database.getClient(),
    jobs: collections.jobs,
    clock: new DatabaseClock(database, 20_000),
    log,
  };
  const commit = new GroupCommit(parts);
  class LateToWake extends GroupCommit {
    override async write(item: Parameters<GroupCommit['write']>[0]): Promise<Written | undefined> {
      await beforeWake();
      return commit.write(item);
    }
  }
  class LateToWait extends Waiters {
    override async put(rows: readonly WaiterRow[]): Promise<void> {
      await beforeWait();
      await super.put(rows);
      await afterWait();
    }
  }
  const { clock } = parts;
  const gates = new Gates({ collections, clock, maxOf: ({ declared }) => declared, concurrency: 1 });
  const slots = new Slots(parts.client, collections);
  const shared = { collections, gates, slots, waiters: new LateToWait(collections), clock };
  const dispatched: [jobId: string, n: number][] = [];
  const caller = new Caller({
    ...shared,
    commit: new LateToWake(parts),
    dispatcher: { dispatch: async ({ _id, n }) => dispatched.push([_id, n]) > 0 },
    graceMs: 40_000,
    redispatchMs: 20_000,
    log,
  });
  return {
    slots,
    caller,
    dispatched,
    admissions: new Admissions({ ...shared, commit, caller, owner: name, leaseMs: 20_000 }),
  };
}
