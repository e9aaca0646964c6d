import type { mongo } from 'mongoose';
import { QUARANTINE_CRASHES } from '../broker/dispatcher.ts';
import { isHeldBack } from '../limits/held-back.ts';
import { inBrackets } from '../record/in-brackets.ts';
import { SUSPECT } from '../record/labels.ts';
import { type JobRecord, RUNNABLE, type WaitingState } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { count } from '../telemetry/metrics.ts';
import type { Overflow } from './overflow.ts';
import { type Ringing, ring } from './ring.ts';

const BATCH = 500;
const MAX_BATCHES = 10;
/** Jobs due within this are given a timer, so that a schedule is met to the millisecond and not to the sweep. */
const LOOKAHEAD_SWEEPS = 1.5;

type Depth = { readonly lanes: number; readonly quarantine: number };

export type RedispatchParts = Ringing & {
  overflow: Pick<Overflow, 'suspect'>;
  /** Messages ready in the lanes of a queue and in quarantine; undefined while the broker does not say. */
  depthOf(queue: string): Promise<Depth | undefined>;
  sweepMs: number;
};

/**
 * Sends overdue messages again, with the same dispatch number so that a late original is a duplicate. Only where the
 * lanes are empty: a job that waits behind others is not overdue. Intervals double, so that a slow ladder is no flood.
 */
export async function redispatchOverdue(parts: RedispatchParts, queue: string): Promise<void> {
  if (parts.settings.of(queue).paused) return;
  const depth = await parts.depthOf(queue);
  const lost = depth && (await whoseMessageIsLost(parts, depth));
  if (!lost) return;
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const overdue = await overdueIn(parts, queue, lost);
    const stuck = overdue.filter((record) => !parts.settings.holdsBack(record));
    const now = parts.clock.now();
    await Promise.all(stuck.map((record) => ringOverdue(parts, record, now)));
    if (stuck.length > 0) parts.log.warn({ queue, jobs: stuck.length }, 'overdue jobs dispatched again');
    if (stuck.length < BATCH) return;
    parts.overflow.suspect(stuck, now);
  }
}

/** Suspects have a lane of their own. Behind a long backlog they are found by their label, and nobody else is asked for. */
async function whoseMessageIsLost(
  { collections }: RedispatchParts,
  { lanes, quarantine }: Depth,
): Promise<mongo.Filter<JobRecord> | undefined> {
  if (lanes === 0) return quarantine > 0 ? { crashes: { $lt: QUARANTINE_CRASHES } } : {};
  if (quarantine > 0) return undefined;
  // Asked apart, because a planner that knows of their queue looks through all of its backlog.
  const suspects = await collections.jobs
    .find({ labels: SUSPECT, crashes: { $gte: QUARANTINE_CRASHES } }, { projection: { _id: 1 } })
    .toArray();
  return suspects.length > 0 ? { _id: { $in: suspects.map(({ _id }) => _id) } } : undefined;
}

/** Due for longer than a message may take; the index knows when they were due, the record when it is to be sent again. */
async function overdueIn(
  { collections, clock, redispatchMs, settings }: RedispatchParts,
  queue: string,
  lost: mongo.Filter<JobRecord>,
): Promise<JobRecord[]> {
  const now = clock.now();
  const dueBefore = new Date(now.getTime() - redispatchMs);
  // Ids are found by an index of their own.
  const { _id, ...more } = lost;
  const others = inBrackets({ wakeAt: { $lte: now }, ...more, ...settings.claimable(queue) });
  const found = await Promise.all(
    RUNNABLE.map((state) =>
      collections.jobs
        .find({ ...(_id && { _id }), state, queue, nextRunAt: { $lte: dueBefore }, $and: others })
        .sort({ nextRunAt: 1 })
        .limit(BATCH)
        .toArray(),
    ),
  );
  return found.flat().slice(0, BATCH);
}

async function ringOverdue(parts: RedispatchParts, record: JobRecord, now: Date): Promise<void> {
  if ((await ring(parts, record, now)) !== 'not-ours') count('redispatched', record);
}

/** Gives a message to jobs whose time has come or comes before the next sweep. */
export async function dispatchDue(
  parts: RedispatchParts,
  queue: string,
  later: (job: () => void, ms: number) => void,
): Promise<void> {
  const { collections, clock, sweepMs } = parts;
  if (parts.settings.of(queue).paused) return;
  const horizon = new Date(clock.now().getTime() + sweepMs * LOOKAHEAD_SWEEPS);
  // `scheduled` has no message before it is due; retries and snoozes have none when the ladder is too short for them.
  const waiting = await Promise.all(
    (['scheduled', 'retryable', 'snoozed'] as const).map((state) =>
      collections.jobs
        .find({ state, queue, nextRunAt: { $lte: horizon }, $and: inBrackets({ dueAt: { $exists: true } }) })
        .sort({ nextRunAt: 1 })
        .limit(BATCH * MAX_BATCHES)
        .toArray(),
    ),
  );
  for (const record of waiting.flat()) releaseInTime(parts, record, later);
}

/** Gives a message to a waiting job when its time comes, if that is so soon that the next sweep would be late for it. */
export function releaseInTime(
  parts: RedispatchParts,
  record: JobRecord,
  later: (job: () => void, ms: number) => void,
): void {
  const { clock, sweepMs, log } = parts;
  const waitMs = record.nextRunAt.getTime() - clock.now().getTime();
  if (waitMs > sweepMs * LOOKAHEAD_SWEEPS || !record.dueAt) return;
  const send = () => {
    if (parts.settings.of(record.queue).paused) return;
    release(parts, record).catch((error: unknown) =>
      log.warn({ jobId: record._id, err: error }, 'due job not released, the next sweep tries again'),
    );
  };
  if (waitMs <= 0) send();
  else later(send, waitMs);
}

/** `scheduled` becomes `available`; any other waiting state keeps its name. Of all replicas one wins. */
async function release({ clock, commit, dispatcher, redispatchMs }: RedispatchParts, record: JobRecord): Promise<void> {
  const state: WaitingState = record.state === 'scheduled' ? 'available' : (record.state as WaitingState);
  const now = clock.now();
  const isOurs = await commit.write({
    id: record._id,
    filter: () => ({ n: record.n, state: record.state, nextRunAt: record.nextRunAt, dueAt: { $exists: true } }),
    mark: 'settledBy',
    update: {
      $set: { state, wakeAt: new Date(now.getTime() + redispatchMs), dispatchedAt: now },
      $unset: { dueAt: '' },
      $inc: { n: 1 },
      $currentDate: { updatedAt: true },
    },
  });
  crashPoint('sweep.release-written');
  const { dueAt: _dueAt, ...released } = record;
  if (isOurs) await dispatcher.dispatch({ ...released, state, n: record.n + 1 });
}

/** The queue was missing (the broker has lost its data): rings once for every job that waits for a worker. */
export async function redispatchAll(
  parts: Pick<RedispatchParts, 'collections' | 'dispatcher' | 'log'>,
  queues: readonly string[],
  before: Date,
): Promise<void> {
  const sent = await ringEach(parts, { queue: { $in: [...queues] }, dispatchedAt: { $lte: before } });
  if (sent > 0)
    parts.log.warn(
      { queues, jobs: sent },
      'queues were missing at the broker, their jobs are dispatched from the records',
    );
}

/**
 * The queue is worked again: rings for what is due and may have no message, which is what came after `since`, suspects,
 * and everything when its lanes are empty. The others lie in their lanes. @throws Error while the broker is away.
 */
export async function redispatchResumed(parts: RedispatchParts, queue: string, since: Date): Promise<void> {
  const depth = await parts.depthOf(queue);
  if (!depth) throw new Error(`queue ${queue} is resumed, but the broker does not answer; the next sweep rings`);
  const sent = await ringEach(parts, {
    queue,
    nextRunAt: { $lte: parts.clock.now() },
    waitingFor: { $exists: false },
    ...(depth.lanes > 0 && { $or: [{ createdAt: { $gte: since } }, { crashes: { $gte: QUARANTINE_CRASHES } }] }),
  });
  parts.log.info({ queue, jobs: sent }, 'queue is resumed');
}

/** Dispatches waiting jobs that should have a message, so many at a time. */
async function ringEach(
  { collections, dispatcher }: Pick<RedispatchParts, 'collections' | 'dispatcher'>,
  filter: mongo.Filter<JobRecord>,
): Promise<number> {
  const waiting = collections.jobs
    .find({ state: { $in: [...RUNNABLE] }, wakeAt: { $exists: true }, ...filter })
    .batchSize(BATCH);
  let sent = 0;
  const chunk: Promise<boolean>[] = [];
  for await (const record of waiting) {
    if (isHeldBack(record)) continue;
    chunk.push(dispatcher.dispatch(record));
    sent++;
    crashPoint('sweep.missing-rung');
    if (chunk.length === BATCH) await Promise.all(chunk.splice(0));
  }
  await Promise.all(chunk);
  return sent;
}
