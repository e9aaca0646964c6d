import type { Dispatcher } from '../broker/dispatcher.ts';
import type { JobDefinition } from '../define/define-job.ts';
import { isSuccessor } from '../enqueue/successors.ts';
import type { UniqueKeys } from '../enqueue/unique-keys.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { deleteKeys, deleteLeftovers } from '../record/leftovers.ts';
import { isTerminal, type JobRecord, WAITING } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { JobsError } from '../runtime/errors.ts';
import { answered, type StepAnswers } from '../steps/step-answers.ts';
import type { Announcer } from '../sweep/announcer.ts';
import { cancelling, type Deed, hurrying, reopening } from './deeds.ts';
import { conflict, waitsItsTurn } from './refusals.ts';
import { type JobChange, needsWaiting, rescheduling } from './rescheduling.ts';
import type { Tally } from './tally.ts';

const MAX_RACES = 20;

type Told = Awaited<ReturnType<typeof answered>>;

type Parts = {
  collections: Collections;
  definitions: ReadonlyMap<string, JobDefinition>;
  clock: DatabaseClock;
  dispatcher: Dispatcher;
  keys: UniqueKeys;
  announcer: Announcer;
  /** A job that had ended runs again. */
  onReopened(record: JobRecord): Promise<unknown>;
  tally: Tally;
  redispatchMs: number;
  /** Tells every process at once that a running job is unwanted. */
  hintCancel(jobId: string): void;
};

/** What people do to single jobs. Each is one compare-and-set; who loses a race looks again. */
export class JobActions {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws JobsError `job-not-found`. */
  async find(id: string): Promise<JobRecord> {
    const record = await this.#parts.collections.jobs.findOne({ _id: id });
    if (!record) throw new JobsError('job-not-found', `job ${id} does not exist`, { id });
    return record;
  }

  /** Ends a waiting job now; asks a running one to stop (its finish wins over the wish); leaves an ended one as it is. */
  cancel(id: string): Promise<JobRecord> {
    return this.#race(id, async (record) => {
      if (isTerminal(record.state)) return record;
      return record.state === 'executing' ? this.#askToStop(record) : this.#cancelWaiting(record);
    });
  }

  /** Runs an ended job again under the same id, or a waiting one now. @throws JobsError `job-state-conflict` for running and completed jobs. */
  retry(id: string, answers: StepAnswers = {}): Promise<JobRecord> {
    return this.#race(id, async (record) => {
      if (record.archivedBy) throw conflict(record, 'retried', 'not being archived');
      if (record.state === 'executing' || record.state === 'completed')
        throw conflict(record, 'retried', 'failed, discarded, cancelled or waiting');
      const { collections, clock } = this.#parts;
      const told = await answered(collections, record, answers, clock.now());
      return isTerminal(record.state) ? this.#reopen(record, told) : this.#hurry(record, told);
    });
  }

  /** Makes a waiting job due now. @throws JobsError `job-state-conflict` unless it waits. */
  runNow(id: string): Promise<JobRecord> {
    return this.#race(id, async (record) => {
      if (record.state === 'executing' || isTerminal(record.state)) throw conflict(record, 'run now', 'waiting');
      return this.#hurry(record);
    });
  }

  /** Gives a live job another time, lane or number of attempts; a running one only the last. @throws JobsError `job-state-conflict`. */
  change(id: string, change: JobChange): Promise<JobRecord> {
    return this.#race(id, async (record) => {
      if (isTerminal(record.state)) throw conflict(record, 'changed', 'live');
      if (!needsWaiting(change)) return this.#allowAttempts(record, change);
      if (record.state === 'executing') throw conflict(record, 'given another time or lane', 'waiting');
      const { clock, redispatchMs } = this.#parts;
      return this.#makeRunnable(
        record,
        { state: record.state },
        rescheduling(record, change, clock.now(), redispatchMs),
      );
    });
  }

  /** Deletes an ended job and its place in the ledger. @throws JobsError `job-state-conflict` while it is live, or has something left to tell. */
  async remove(id: string): Promise<void> {
    const record = await this.find(id);
    if (!isTerminal(record.state)) throw conflict(record, 'deleted', 'ended');
    if (record.announce?.pending) throw conflict(record, 'deleted', 'ended and has told what follows');
    const { jobs, accepted } = this.#parts.collections;
    // Journal first: dying in between leaves a record that is journalled again, and not a loss in the ledger.
    await accepted.deleteOne({ _id: id });
    crashPoint('remove.unjournalled');
    const { deletedCount } = await jobs.deleteOne({ _id: id, state: record.state, n: record.n });
    if (deletedCount === 0) return;
    // Last: whoever was faster and runs it again needs its receipts.
    await deleteLeftovers(this.#parts.collections, [id]);
    await deleteKeys(this.#parts.collections, [record]);
  }

  async #race(id: string, act: (record: JobRecord) => Promise<JobRecord | undefined>): Promise<JobRecord> {
    for (let tries = 0; tries < MAX_RACES; tries++) {
      const record = await act(await this.find(id));
      if (record) return record;
    }
    throw new JobsError('job-state-conflict', `job ${id} changes state faster than it can be acted upon; try again`, {
      id,
    });
  }

  async #askToStop(record: JobRecord): Promise<JobRecord | undefined> {
    const wished = await this.#parts.collections.jobs.findOneAndUpdate(
      { _id: record._id, fence: record.fence, state: 'executing' },
      { $currentDate: { cancelRequestedAt: true, updatedAt: true } },
      { returnDocument: 'after' },
    );
    crashPoint('cancel.wished');
    if (wished) this.#parts.hintCancel(record._id);
    return wished ?? undefined;
  }

  async #cancelWaiting(record: JobRecord): Promise<JobRecord | undefined> {
    const { collections, definitions, clock, announcer } = this.#parts;
    const end = cancelling(record, definitions.get(record.name), clock.now());
    if (!end) throw conflict(record, 'cancelled', 'of a version that this process knows');
    const ended = await collections.jobs.findOneAndUpdate(
      { _id: record._id, n: record.n, state: record.state },
      { ...end.update, $currentDate: { updatedAt: true, endedAt: true } } as object,
      { returnDocument: 'after' },
    );
    if (!ended) return undefined;
    crashPoint('cancel.waiting-ended');
    this.#parts.tally.count('cancelled', ended);
    await announcer.tell(ended);
    return ended;
  }

  async #reopen(record: JobRecord, told: Told): Promise<JobRecord | undefined> {
    const giveBack = await this.#retakeKey(record);
    crashPoint('retry.key-retaken');
    const { clock, redispatchMs } = this.#parts;
    const runnable = await this.#makeRunnable(
      record,
      { state: record.state },
      withAnswers(reopening(clock.now(), redispatchMs), told),
    );
    if (!runnable) await giveBack?.();
    // A batch that does not hear of it now is put right by the next end of its member.
    if (runnable?.batch) await this.#parts.onReopened(runnable).catch(() => undefined);
    return runnable;
  }

  /** @returns how to give it back, when the job does not run again after all. */
  async #retakeKey({ _id, key }: JobRecord): Promise<(() => Promise<void>) | undefined> {
    if (!key) return undefined;
    const claim = await this.#parts.keys.retake(key, _id);
    if (claim.kind === 'held')
      throw new JobsError(
        'unique-conflict',
        `job ${_id} cannot run again: its key ${key} is held by job ${claim.by?._id ?? 'that is being enqueued'}`,
        { id: _id, key, heldBy: claim.by?._id },
      );
    return claim.giveBack;
  }

  async #allowAttempts({ _id, state }: JobRecord, { maxAttempts }: JobChange): Promise<JobRecord | undefined> {
    const changed = await this.#parts.collections.jobs.findOneAndUpdate(
      { _id, state },
      { ...(maxAttempts !== undefined && { $set: { maxAttempts } }), $currentDate: { updatedAt: true } },
      { returnDocument: 'after' },
    );
    return changed ?? undefined;
  }

  #hurry(record: JobRecord, told?: Told): Promise<JobRecord | undefined> {
    if (isSuccessor(record)) throw waitsItsTurn(record);
    const { clock, redispatchMs } = this.#parts;
    const deed = withAnswers(hurrying(clock.now(), redispatchMs), told);
    return this.#makeRunnable(record, { state: { $in: [...WAITING] } }, deed);
  }

  async #makeRunnable(record: JobRecord, from: object, deed: Deed): Promise<JobRecord | undefined> {
    const runnable = await this.#parts.collections.jobs.findOneAndUpdate(
      { _id: record._id, n: record.n, ...from },
      { ...deed, $currentDate: { updatedAt: true } } as object,
      { returnDocument: 'after' },
    );
    if (!runnable) return undefined;
    crashPoint('retry.written');
    await this.#parts.dispatcher.dispatch(runnable);
    return runnable;
  }
}

const withAnswers = (deed: Deed, told?: Told): Deed => ({
  ...deed,
  $set: { ...deed.$set, ...told?.$set },
  $unset: { ...deed.$unset, ...told?.$unset },
});
