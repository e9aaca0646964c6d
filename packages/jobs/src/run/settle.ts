import type { mongo } from 'mongoose';
import { wakeOf } from '../broker/dispatcher.ts';
import type { JobDefinition } from '../define/define-job.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { CommitClosed, type GroupCommit } from '../record/group-commit.ts';
import type { JobRecord } from '../record/record.ts';
import type { RecordUpdate } from '../record/statements.ts';
import { asError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { endWith, type RunResult, type Transition, transitionAfter } from './ending.ts';

type Fields = Record<string, unknown>;

/** What stands in the record now, or undefined when the run no longer owned it. */
export type Settled = { readonly transition: Transition; readonly record: JobRecord } | undefined;

/** Takes a run out of `executing` by one write that is fenced by the claim. */
export class Settler {
  readonly #commit: GroupCommit;
  readonly #clock: DatabaseClock;
  readonly #redispatchMs: number;
  readonly #log: Log;

  constructor(parts: { commit: GroupCommit; clock: DatabaseClock; redispatchMs: number; log: Log }) {
    this.#commit = parts.commit;
    this.#clock = parts.clock;
    this.#redispatchMs = parts.redispatchMs;
    this.#log = parts.log;
  }

  /** Writes what became of a run, with its last words. A finish wins over a cancel; waiting for another run does not. */
  async settle(record: JobRecord, definition: JobDefinition, result: RunResult, said: Fields = {}): Promise<Settled> {
    const now = this.#clock.now();
    const transition = this.#transition(record, definition, result, now);
    const settled = await this.#write(record, transition, now, {}, said).catch((error: unknown) =>
      this.#refused(record, definition, error),
    );
    if (settled || 'events' in transition) return settled;
    return this.end(
      record,
      definition,
      { state: 'cancelled', why: 'cancelled while it ran' },
      { cancelRequestedAt: { $exists: true } },
    );
  }

  /** Ends an executing job for a reason that lies outside of its handler. */
  end(
    record: JobRecord,
    definition: JobDefinition | undefined,
    end: Parameters<typeof endWith>[2],
    filter: mongo.Filter<JobRecord> = {},
  ): Promise<Settled> {
    const now = this.#clock.now();
    return this.#write(record, endWith(record, definition, end, now), now, filter);
  }

  /** Makes an executing job wait again, for a reason that lies outside of its handler. */
  again(record: JobRecord, transition: Transition, filter: mongo.Filter<JobRecord> = {}): Promise<Settled> {
    return this.#write(record, transition, this.#clock.now(), filter);
  }

  /** What a handler returned cannot be stored (too large, no JSON): run again it would return the same, so it has failed. */
  #refused(record: JobRecord, definition: JobDefinition, error: unknown): Promise<Settled> {
    if (error instanceof CommitClosed) throw error;
    this.#log.error({ jobId: record._id, job: record.name, err: error }, 'the end of a job cannot be stored');
    const failure = {
      code: 'end-not-storable',
      message: asError(error).message,
      remedy: 'return less, or only JSON, then retry the job',
    };
    return this.end(record, definition, { state: 'failed', failure });
  }

  /** A retry policy is the service's code: when it throws, the job must end all the same, and say so. */
  #transition(record: JobRecord, definition: JobDefinition, result: RunResult, now: Date): Transition {
    try {
      return transitionAfter(record, definition, result, now);
    } catch (error) {
      this.#log.error(
        { jobId: record._id, job: record.name, err: error },
        'the outcome of a run cannot be judged; the job fails',
      );
      const failure = {
        code: 'outcome-invalid',
        message: asError(error).message,
        remedy: 'mend the handler or its retry policy, then retry the job',
      };
      return endWith(record, definition, { state: 'failed', failure }, now, {}, asError(error));
    }
  }

  async #write(
    record: JobRecord,
    transition: Transition,
    now: Date,
    filter: mongo.Filter<JobRecord> = {},
    said: Fields = {},
  ): Promise<Settled> {
    const isEnd = 'events' in transition;
    const { $set, ...rest } = transition.update;
    const wake = isEnd
      ? {}
      : { ...wakeOf(transition.to, transition.nextRunAt, now, this.#redispatchMs), dispatchedAt: now };
    const isWritten = await this.#commit.write({
      id: record._id,
      filter: () => ({
        fence: record.fence,
        state: 'executing',
        ...(!isEnd && { cancelRequestedAt: { $exists: false } }),
        ...filter,
      }),
      mark: 'settledBy',
      update: {
        ...rest,
        $set: { ...said, ...$set, ...wake },
        $currentDate: { updatedAt: true, ...(isEnd && { endedAt: true }) },
      } as RecordUpdate['update'],
    });
    return isWritten ? { transition, record: after(record, transition) } : undefined;
  }
}

/** The record as the write has left it, as far as those who come next need to know. */
function after(record: JobRecord, transition: Transition): JobRecord {
  const { lease: _lease, ...rest } = record;
  if ('events' in transition) {
    return { ...rest, state: transition.to, events: transition.events, jobs: transition.jobs, ends: record.ends + 1 };
  }
  const crashes = Number(transition.update.$inc?.['crashes'] ?? 0);
  return {
    ...rest,
    state: transition.to,
    n: transition.n,
    nextRunAt: transition.nextRunAt,
    crashes: record.crashes + crashes,
  };
}
