import { wakeOf } from '../broker/dispatcher.ts';
import type { JobDefinition } from '../define/define-job.ts';
import type { JobRecord } from '../record/record.ts';
import { endWith, type Transition } from '../run/ending.ts';
import { missingFor } from '../run/strangers.ts';

/** What an update of a person's making sets; the writer adds filter and timestamps. */
export type Deed = {
  readonly $set: Record<string, unknown>;
  readonly $unset: Record<string, ''>;
  readonly $inc: Record<string, number>;
};

/** An ended job runs again under the same id: a new dispatch, all attempts again; what was announced before stays announced. */
export const reopening = (now: Date, redispatchMs: number): Deed => ({
  $set: { ...dueNow(now, redispatchMs), attempt: 0, failures: {}, crashes: 0, loneCrashes: 0, progress: 0 },
  $unset: {
    endedAt: '',
    fingerprint: '',
    cancelRequestedAt: '',
    dueAt: '',
    deadLetter: '',
    waitingFor: '',
    hadTurn: '',
  },
  $inc: { n: 1, reopens: 1 },
});

/** A waiting job is due now. */
export const hurrying = (now: Date, redispatchMs: number): Deed => ({
  $set: dueNow(now, redispatchMs),
  $unset: { dueAt: '', waitingFor: '' },
  $inc: { n: 1 },
});

/**
 * A waiting job ends before it ran.
 * @returns undefined when another release has to say what follows, because this one does not know its payload. A job that no release performs any more can end without.
 */
export function cancelling(
  record: JobRecord,
  definition: JobDefinition | undefined,
  now: Date,
): Transition | undefined {
  if (definition && missingFor(record, definition)) return undefined;
  return endWith(record, definition, { state: 'cancelled', why: 'cancelled before it ran' }, now);
}

const dueNow = (now: Date, redispatchMs: number) => ({
  state: 'available',
  nextRunAt: now,
  dispatchedAt: now,
  dispatches: 1,
  ...wakeOf('available', now, now, redispatchMs),
});
