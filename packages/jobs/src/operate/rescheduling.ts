import { wakeOf } from '../broker/dispatcher.ts';
import type { Lane } from '../define/define-job.ts';
import { isSuccessor } from '../enqueue/successors.ts';
import { isHeldBack } from '../limits/held-back.ts';
import type { JobRecord } from '../record/record.ts';
import type { Deed } from './deeds.ts';

/** What a person may change of a live job. */
export type JobChange = {
  /** Not before this time; null or past: now. */
  readonly runAt?: Date | null | undefined;
  readonly lane?: Lane | undefined;
  /** Counts from the next run on. */
  readonly maxAttempts?: number | undefined;
};

/** Time and lane stand in messages and timers, so that only who waits can have others. */
export const needsWaiting = ({ runAt, lane }: JobChange): boolean => runAt !== undefined || lane !== undefined;

/** A waiting job gets another time, lane or number of attempts, and a new message. One that waits for its key goes on doing so. */
export function rescheduling(record: JobRecord, change: JobChange, now: Date, redispatchMs: number): Deed {
  const { lane, maxAttempts } = change;
  const when = isSuccessor(record) ? whileSuccessor(record, change, now) : whenFree(record, change, now, redispatchMs);
  return {
    $set: {
      ...when.$set,
      dispatchedAt: now,
      dispatches: 1,
      ...(lane && { lane }),
      ...(maxAttempts !== undefined && { maxAttempts }),
    },
    $unset: when.$unset,
    $inc: { n: 1 },
  };
}

function whileSuccessor(record: JobRecord, change: JobChange, now: Date): Pick<Deed, '$set' | '$unset'> {
  return { $set: { nextRunAt: timeOf(record, change, now) }, $unset: {} };
}

function whenFree(
  record: JobRecord,
  change: JobChange,
  now: Date,
  redispatchMs: number,
): Pick<Deed, '$set' | '$unset'> {
  const hasTime = change.runAt !== undefined;
  const nextRunAt = timeOf(record, change, now);
  const state = hasTime ? stateFor(record, nextRunAt > now) : record.state;
  const wake = wakeOf(state, nextRunAt, now, redispatchMs);
  const isHeard = hasTime || isHeldBack(record);
  return {
    $set: { state, nextRunAt, ...wake },
    $unset: { ...('dueAt' in wake ? { wakeAt: '' } : { dueAt: '' }), ...(isHeard && { waitingFor: '' }) },
  };
}

function timeOf({ nextRunAt }: JobRecord, { runAt }: JobChange, now: Date): Date {
  if (runAt === undefined) return nextRunAt;
  return runAt && runAt > now ? runAt : now;
}

/** What has not begun is scheduled; a retry or a snooze keeps its name, whatever it waits for now. */
function stateFor({ state }: JobRecord, isLater: boolean): JobRecord['state'] {
  if (!isLater) return 'available';
  return state === 'available' ? 'scheduled' : state;
}
