import type { mongo } from 'mongoose';
import type { Dispatcher } from '../broker/dispatcher.ts';
import type { JobDefinition } from '../define/define-job.ts';
import { isSuccessor } from '../enqueue/successors.ts';
import type { UniqueKeys } from '../enqueue/unique-keys.ts';
import { cancelling, hurrying, reopening } from '../operate/deeds.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { deleteKeys, deleteLeftovers } from '../record/leftovers.ts';
import { isLocked } from '../record/outage.ts';
import { isTerminal, type JobRecord, TERMINAL } from '../record/record.ts';
import type { Announcer } from '../sweep/announcer.ts';
import { jobsOf, type OperationRow, type Problem } from './operation.ts';

/** Who has moved on between reading and writing is looked at again so often. */
const MAX_LOOKS = 5;
const TOLD_AT_ONCE = 50;

export type JobPageParts = {
  collections: Collections;
  definitions: ReadonlyMap<string, JobDefinition>;
  clock: DatabaseClock;
  dispatcher: Dispatcher;
  announcer: Announcer;
  keys: UniqueKeys;
  redispatchMs: number;
  /** Counts a job that was cancelled before it ran. */
  onCancelled(record: JobRecord): void;
  /** Tells the batch of a member that it lives again. */
  onReopened(record: JobRecord): Promise<unknown>;
  hintCancel(jobId: string): void;
};

/** What became of the items of a page. */
export type Tally = { done: number; skipped: number; problems: Problem[] };

/** What is to be written into a record, as long as it is in the state that it was read in. */
type Change = { readonly record: JobRecord; readonly update: object };
type Verdict = 'done' | 'skipped' | Problem | Change;

/**
 * Changes the jobs of an operation's page, all in a few round trips. Whatever it changes carries the operation's id, so
 * that the same page again, after a process died in it, changes nothing twice.
 */
export async function changePage(parts: JobPageParts, operation: OperationRow): Promise<Tally> {
  if (operation.kind === 'delete') return deletePage(parts, operation);
  const tally: Tally = { done: 0, skipped: 0, problems: [] };
  let open: readonly string[] = operation.page;
  for (let look = 0; look < MAX_LOOKS && open.length > 0; look++) {
    const records = await read(parts.collections, open);
    // Whoever deleted the others has done more than was asked.
    tally.skipped += open.length - records.length;
    const changes = enter(tally, await judge(parts, operation, records));
    const written = await writeAll(parts.collections, operation, changes);
    tally.done += written.length;
    await follow(parts, operation, changes, written);
    const isWritten = new Set(written.map(({ _id }) => _id));
    open = changes.map(({ record }) => record._id).filter((id) => !isWritten.has(id));
  }
  tally.problems.push(...open.map((id) => ({ id, code: 'job-state-conflict', detail: 'it changes state too fast' })));
  return tally;
}

/** Enters what is decided without a write. @returns the rest. */
function enter(tally: Tally, verdicts: readonly Verdict[]): Change[] {
  const changes: Change[] = [];
  for (const verdict of verdicts) {
    if (verdict === 'done') tally.done++;
    else if (verdict === 'skipped') tally.skipped++;
    else if ('code' in verdict) tally.problems.push(verdict);
    else changes.push(verdict);
  }
  return changes;
}

const read = ({ jobs }: Collections, ids: readonly string[]): Promise<JobRecord[]> =>
  jobs.find({ _id: { $in: [...ids] } }).toArray();

async function judge(parts: JobPageParts, operation: OperationRow, records: JobRecord[]): Promise<Verdict[]> {
  const meant = records.filter((record) => isMeant(operation, record));
  const refused = operation.kind === 'cancel' ? new Map() : await refusedByKey(parts, meant);
  const now = parts.clock.now();
  return records.map((record) => {
    if (record.operation === operation._id) return 'done';
    if (!meant.includes(record)) return 'skipped';
    const verdict = operation.kind === 'cancel' ? cancelled(parts, record, now) : retried(parts, record, now);
    return refused.get(record._id) ?? verdict;
  });
}

/** The filter has found it; it may have moved on since. */
function isMeant(operation: OperationRow, { state, deadLetter }: JobRecord): boolean {
  const wanted = jobsOf(operation).state;
  return (!wanted || wanted.includes(state)) && !(operation.kind === 'replay' && deadLetter);
}

function cancelled({ definitions }: JobPageParts, record: JobRecord, now: Date): Verdict {
  if (isTerminal(record.state)) return 'skipped';
  if (record.state === 'executing')
    return { record, update: { $currentDate: { cancelRequestedAt: true, updatedAt: true } } };
  const end = cancelling(record, definitions.get(record.name), now);
  return end
    ? { record, update: { ...end.update, $currentDate: { endedAt: true, updatedAt: true } } }
    : { id: record._id, code: 'job-state-conflict', detail: 'only a newer release knows its payload' };
}

function retried({ redispatchMs }: JobPageParts, record: JobRecord, now: Date): Verdict {
  // One that waits for the holder of its key has its turn when that has ended.
  if (record.archivedBy || record.state === 'executing' || record.state === 'completed' || isSuccessor(record))
    return 'skipped';
  const deed = isTerminal(record.state) ? reopening(now, redispatchMs) : hurrying(now, redispatchMs);
  return { record, update: { ...deed, $currentDate: { updatedAt: true } } };
}

/**
 * Most changes of a page are the same words, and one update for all of them is several times faster than one for each.
 * @returns the records that carry the operation's mark now, which says more than any count.
 */
async function writeAll(
  { jobs }: Collections,
  { _id: operation }: OperationRow,
  changes: readonly Change[],
): Promise<JobRecord[]> {
  if (changes.length === 0) return [];
  const alike = Map.groupBy(changes, ({ record, update }) => JSON.stringify([record.state, update]));
  const models = [...alike.values()].map(([first, ...others]) => {
    const { record, update } = first as Change;
    const _id = { $in: [record._id, ...others.map((other) => other.record._id)] };
    const $set = { ...('$set' in update && (update.$set as object)), operation };
    // What the archive has marked is gone.
    return {
      updateMany: { filter: { _id, state: record.state, archivedBy: { $exists: false } }, update: { ...update, $set } },
    };
  });
  await jobs
    .bulkWrite(models as mongo.AnyBulkWriteOperation<JobRecord>[], { ordered: false })
    .catch((error: unknown) => {
      // Somebody's transaction holds one of them: it is looked at again.
      if (!isLocked(error)) throw error;
    });
  const ids = changes.map(({ record }) => record._id);
  return jobs.find({ _id: { $in: ids }, operation }).toArray();
}

/** Whatever is lost here when the process dies, the sweeper and the relay find in the records. */
async function follow(
  { dispatcher, announcer, hintCancel, onCancelled, onReopened }: JobPageParts,
  { kind }: OperationRow,
  changes: readonly Change[],
  written: readonly JobRecord[],
): Promise<void> {
  if (kind !== 'cancel') {
    // Before any of them can end: a batch that knows them as failed would be over again with each end.
    for (const record of written) if (record.batch) await onReopened(record).catch(() => undefined);
    await Promise.all(written.map((record) => dispatcher.dispatch(record)));
    return;
  }
  for (const { record } of changes) if (record.state === 'executing') hintCancel(record._id);
  const ended = written.filter(({ state }) => isTerminal(state));
  for (const record of ended) onCancelled(record);
  for (let index = 0; index < ended.length; index += TOLD_AT_ONCE)
    await Promise.all(ended.slice(index, index + TOLD_AT_ONCE).map((record) => announcer.tell(record)));
}

/** Ended jobs need their unique key again. Mostly the lock row still names them, and is held for all of them at once. */
async function refusedByKey(parts: JobPageParts, records: readonly JobRecord[]): Promise<Map<string, Problem>> {
  const byKey = Map.groupBy(
    records.filter(({ key, state }) => key && isTerminal(state) && state !== 'completed'),
    ({ key }) => key ?? '',
  );
  if (byKey.size === 0) return new Map();
  const rows = await parts.collections.keys.find({ _id: { $in: [...byKey.keys()] } }).toArray();
  const holders = new Map(rows.map(({ _id, jobId }) => [_id, jobId]));
  const own = [...byKey].flatMap(([key, rivals]) => rivals.find(({ _id }) => _id === holders.get(key)) ?? []);
  const held = await parts.keys.hold(new Map(own.map(({ _id, key = '' }) => [key, _id])));
  const refused = await Promise.all(
    [...byKey].map(([key, rivals]) =>
      refusedRivals(parts.keys, key, rivals, held.has(key) ? holders.get(key) : undefined),
    ),
  );
  return new Map(refused.flat().map((problem) => [problem.id, problem]));
}

/** Of several ended jobs of one key the holder runs again, or the first when it gets the key from whoever holds it. */
async function refusedRivals(
  keys: UniqueKeys,
  key: string,
  rivals: readonly JobRecord[],
  holder: string | undefined,
): Promise<Problem[]> {
  const chosen = rivals.find(({ _id }) => _id === holder) ?? rivals[0];
  if (!chosen) return [];
  const claim = chosen._id === holder ? undefined : await keys.retake(key, chosen._id);
  const problem = (id: string, by = 'that is being enqueued'): Problem => ({
    id,
    code: 'unique-conflict',
    detail: `its key is held by job ${by}`,
  });
  const others = rivals.filter((rival) => rival !== chosen).map(({ _id }) => problem(_id, chosen._id));
  return claim?.kind === 'held' ? [problem(chosen._id, claim.by?._id), ...others] : others;
}

/** Journal first, as for one job; a job that has moved on meanwhile is journalled again. */
async function deletePage({ collections }: JobPageParts, operation: OperationRow): Promise<Tally> {
  const { jobs, accepted } = collections;
  const records = await read(collections, operation.page);
  const isOver = (record: JobRecord) => isTerminal(record.state) && !record.announce?.pending;
  const chosen = records.filter((record) => isOver(record) && isMeant(operation, record));
  const ids = chosen.map(({ _id }) => _id);
  await accepted.deleteMany({ _id: { $in: ids } });
  await jobs.deleteMany({ _id: { $in: ids }, state: { $in: [...TERMINAL] }, 'announce.pending': { $ne: true } });
  const left = await read(collections, operation.page);
  const isLeft = new Set(left.map(({ _id }) => _id));
  // Last: whoever was faster and runs one again needs its receipts. Also of those whose deleter died before it came here.
  await deleteLeftovers(
    collections,
    operation.page.filter((id) => !isLeft.has(id)),
  );
  await deleteKeys(
    collections,
    chosen.filter(({ _id }) => !isLeft.has(_id)),
  );
  const kept = chosen.filter(({ _id }) => isLeft.has(_id));
  const journal = kept.map(({ _id, name, createdAt }) => ({
    updateOne: { filter: { _id }, update: { $setOnInsert: { name, at: createdAt } }, upsert: true },
  }));
  if (journal.length > 0) await accepted.bulkWrite(journal, { ordered: false });
  const skipped = records.length - chosen.length + kept.length;
  return { done: operation.page.length - skipped, skipped, problems: [] };
}
