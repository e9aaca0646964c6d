import { wakeOf } from '../broker/dispatcher.ts';
import type { JobDefinition } from '../define/define-job.ts';
import { type Command, inPlace, isRefusable, placedOf, refuseTwice } from '../enqueue/enqueue-all.ts';
import { replacement } from '../enqueue/replacement.ts';
import { isSuccessor, waitsForKey } from '../enqueue/successors.ts';
import { held } from '../enqueue/unique-conflicts.ts';
import { isTerminal, type JobRecord } from '../record/record.ts';
import { defaultTiming } from '../runtime/timing.ts';
import type { AppliedUpdate } from './apply-update.ts';
import type { InlineRecords } from './inline-records.ts';

/** What a command comes to: its own record, perhaps as a successor, or the job that stands for it. */
export type InlineStanding =
  | { readonly record: JobRecord }
  | { readonly stands: JobRecord; readonly replaced: boolean };

/** Who stands for a command, by its rule of uniqueness. @throws JobsError `unique-conflict` under `reject`. */
export function standingOf(
  records: InlineRecords,
  { unique }: JobDefinition,
  fresh: JobRecord,
  now: Date,
): InlineStanding {
  const first = records.find(fresh._id);
  if (first) return { stands: first, replaced: false };
  if (!unique || !fresh.key) return { record: fresh };
  const holder = records.takeKey(fresh.key, fresh._id, unique.windowMs ?? 0, now);
  if (!holder) return { record: fresh };
  switch (unique.onConflict ?? 'return-existing') {
    case 'return-existing':
      return { stands: holder, replaced: false };
    case 'reject':
      throw held(fresh, holder);
    case 'replace-if-not-started':
      return isUnstarted(holder) ? replaced(records, holder, fresh, now) : { stands: holder, replaced: false };
    case 'keep-latest-after-current':
      return isUnstarted(holder)
        ? replaced(records, holder, fresh, now)
        : succeed(records, { ...fresh, key: fresh.key }, now);
  }
}

/** Checks a list as the runtime does before it writes the first. @throws JobsError with the place of what is refused. */
export function assertAllAcceptable(
  records: InlineRecords,
  commands: readonly Command[],
  timing: { now: Date; redispatchMs: number },
): void {
  const wanting = placedOf(commands, timing).filter(
    (placed) => isRefusable(placed) && !records.find(placed.record._id),
  );
  refuseTwice(wanting);
  for (const { record, index } of wanting) {
    const holder = records.holderOf(record.key ?? '', record._id, timing.now);
    if (holder) throw inPlace(held(record, holder), index);
  }
}

/** The holder of a key has ended: who waits for it may run. */
export function promote(records: InlineRecords, { key }: Pick<JobRecord, 'key'>, now: Date): void {
  if (!key) return;
  const waiting = successorOf(records, key);
  if (!waiting || records.takeKey(key, waiting._id, 0, now)) return;
  const state = waiting.nextRunAt > now ? 'scheduled' : 'available';
  const wake = wakeOf(state, waiting.nextRunAt, now, defaultTiming.redispatchMs);
  records.update(
    waiting._id,
    { $set: { state, ...wake, dispatchedAt: now }, $unset: { waitingFor: '' }, $inc: { n: 1 } },
    now,
  );
}

const successorOf = (records: InlineRecords, key: string): JobRecord | undefined =>
  records.all.find((record) => record.key === key && isSuccessor(record) && !isTerminal(record.state));

function succeed(records: InlineRecords, fresh: JobRecord & { key: string }, now: Date): InlineStanding {
  const { dueAt: _dueAt, ...rest } = fresh;
  const waiting: JobRecord = {
    ...rest,
    state: 'scheduled',
    waitingFor: waitsForKey(fresh.key),
    wakeAt: fresh.nextRunAt,
  };
  const successor = successorOf(records, fresh.key);
  return successor ? replaced(records, successor, waiting, now) : { record: waiting };
}

function replaced(records: InlineRecords, holder: JobRecord, fresh: JobRecord, now: Date): InlineStanding {
  return { stands: records.update(holder._id, replacement(holder, fresh) as AppliedUpdate, now), replaced: true };
}

const isUnstarted = (record: JobRecord): boolean =>
  (record.state === 'scheduled' || record.state === 'available') && record.fence === 0 && !isSuccessor(record);
