import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { ClientSession } from 'mongoose';
import type { Dispatcher } from '../broker/dispatcher.ts';
import type { JobDefinition } from '../define/define-job.ts';
import { isHeldBack } from '../limits/held-back.ts';
import type { Limits } from '../limits/limits.ts';
import type { Tally } from '../operate/tally.ts';
import { Batcher } from '../record/batcher.ts';
import type { AcceptedRow, Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { ignoreDuplicates, insertFresh } from '../record/insert-fresh.ts';
import type { JobRecord } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { messagingAttributes, spanEnqueue } from '../telemetry/trace.ts';
import { checkedPayload, type EnqueueOptions, newRecord } from './new-record.ts';
import { isSuccessor, type Successors } from './successors.ts';
import type { Standing, UniqueConflicts } from './unique-conflicts.ts';

export type Enqueued = {
  readonly record: JobRecord;
  /** An older job stands for this command: it has the same id, or holds the same unique key. */
  readonly conflict: boolean;
  /** The older job, not begun yet, has taken over what this command asks for. */
  readonly replaced?: boolean;
};

/** Accepts commands: record first, broker second. */
export class Enqueuer {
  readonly #collections: Collections;
  readonly #dispatcher: Dispatcher;
  readonly #clock: DatabaseClock;
  readonly #conflicts: UniqueConflicts;
  readonly #successors: Successors;
  readonly #limits: Limits;
  readonly #redispatchMs: number;
  readonly #tally: Tally;
  readonly #records: Batcher<JobRecord, JobRecord | null>;
  readonly #journal: Batcher<JobRecord, undefined>;

  constructor(parts: {
    collections: Collections;
    dispatcher: Dispatcher;
    clock: DatabaseClock;
    conflicts: UniqueConflicts;
    successors: Successors;
    limits: Limits;
    redispatchMs: number;
    tally: Tally;
  }) {
    this.#collections = parts.collections;
    this.#dispatcher = parts.dispatcher;
    this.#clock = parts.clock;
    this.#conflicts = parts.conflicts;
    this.#successors = parts.successors;
    this.#limits = parts.limits;
    this.#redispatchMs = parts.redispatchMs;
    this.#tally = parts.tally;
    this.#records = new Batcher((records) => context.with(ROOT_CONTEXT, () => this.#insertAll(records)));
    this.#journal = new Batcher((records) => context.with(ROOT_CONTEXT, () => this.#journalAll(records)));
  }

  /**
   * Writes the command down and rings for it. Resolves when it is stored, whether or not the broker is there.
   * @throws JobsError `payload-invalid`, `payload-too-large`, `id-invalid`, `unique-conflict`.
   */
  enqueue(definition: JobDefinition, payload: unknown, options: EnqueueOptions = {}): Promise<Enqueued> {
    const checked = checkedPayload(definition, payload);
    return spanEnqueue(definition.contract.name, async (span) => {
      const fresh = newRecord(definition, checked, options, {
        now: this.#clock.now(),
        redispatchMs: this.#redispatchMs,
      });
      span.setAttributes(messagingAttributes(fresh, 'send'));
      crashPoint('enqueue.checked');
      const standing = await this.#standing(definition, fresh, options.session);
      if (standing.kind === 'stands')
        return { record: standing.record, conflict: true, ...(standing.replaced && { replaced: true }) };
      return this.#accept(standing.kind === 'waits' ? standing.record : fresh, options.session);
    });
  }

  async #accept(record: JobRecord, session?: ClientSession): Promise<Enqueued> {
    const first = session ? await this.#insertWith(record, session) : await this.#insert(record);
    if (first) return { record: first, conflict: true };
    this.#tally.count('accepted', record);
    return { record, conflict: false };
  }

  /** The record is all that a worker needs: it is called while the journal is being written. */
  async #insert(record: JobRecord): Promise<JobRecord | null> {
    const first = await this.#records.get(record);
    if (first) return first;
    this.#ring(record);
    await this.#journal.get(record);
    return null;
  }

  /** A job whose turn has to come is called, like all others of its queue. */
  #ring(record: JobRecord): void {
    // Whom it waits for may have ended before its record was there.
    if (isSuccessor(record)) this.#successors.left(record);
    void (isHeldBack(record) ? this.#limits.call(record) : this.#dispatcher.dispatch(record));
  }

  /** Checks a payload as {@link enqueue} would. @throws JobsError `payload-invalid`, `payload-too-large`. */
  check(definition: JobDefinition, payload: unknown): void {
    checkedPayload(definition, payload);
  }

  /** Without a unique key nobody can stand for it. */
  async #standing({ unique }: JobDefinition, record: JobRecord, session?: ClientSession): Promise<Standing> {
    const { key } = record;
    if (!unique || !key) return { kind: 'taken' };
    return this.#conflicts.standingOf(unique, { ...record, key }, session);
  }

  /** @returns per record null, or the job that had its id already. */
  async #insertAll(records: JobRecord[]): Promise<(JobRecord | null)[]> {
    const { jobs } = this.#collections;
    await this.#limits.queueUp(records);
    const isFresh = await insertFresh(records, (fresh) => jobs.insertMany(fresh, { ordered: false }));
    crashPoint('enqueue.record-written');
    const taken = records.filter((_, index) => !isFresh[index]).map(({ _id }) => _id);
    if (taken.length === 0) return records.map(() => null);
    const firsts = new Map((await jobs.find({ _id: { $in: taken } }).toArray()).map((first) => [first._id, first]));
    return records.map((record, index) => (isFresh[index] ? null : (firsts.get(record._id) ?? null)));
  }

  async #journalAll(records: JobRecord[]): Promise<undefined[]> {
    const rows = records.map(journalRow);
    await this.#collections.accepted.insertMany(rows, { ordered: false }).catch(ignoreDuplicates);
    crashPoint('enqueue.journalled');
    return records.map(() => undefined);
  }

  async #insertWith(record: JobRecord, session: ClientSession): Promise<JobRecord | null> {
    const { jobs, accepted } = this.#collections;
    const first = await jobs.findOne({ _id: record._id }, { session });
    if (first) return first;
    await this.#limits.queueUp([record], session);
    await jobs.insertOne(record, { session });
    crashPoint('enqueue.session-record-written');
    await accepted.insertOne(journalRow(record), { session });
    crashPoint('enqueue.session-journalled');
    this.#dispatchAfter(session, record);
    return null;
  }

  /** The transaction may still be rolled back; when the process dies before its end the sweeper takes over. */
  #dispatchAfter(session: ClientSession, record: JobRecord): void {
    session.once('ended', () => {
      void this.#collections.jobs.findOne({ _id: record._id }).then(
        (stored) => stored && this.#ring(stored),
        () => undefined,
      );
    });
  }
}

const journalRow = ({ _id, name, createdAt }: JobRecord): AcceptedRow => ({ _id, name, at: createdAt });
