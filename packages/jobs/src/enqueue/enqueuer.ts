import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { ClientSession } from 'mongoose';
import type { Dispatcher } from '../broker/dispatcher.ts';
import type { JobDefinition } from '../define/define-job.ts';
import { Batcher } from '../record/batcher.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import type { JobRecord } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { JobsError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { count } from '../telemetry/metrics.ts';
import { messagingAttributes, spanEnqueue } from '../telemetry/trace.ts';
import { checkedPayload, type EnqueueOptions, newRecord } from './new-record.ts';
import type { UniqueKeys } from './unique-keys.ts';

export type Enqueued = {
  readonly record: JobRecord;
  /** An older job stands for this command: it has the same id, or holds the same unique key. */
  readonly conflict: boolean;
};

/** Accepts commands: record first, broker second. */
export class Enqueuer {
  readonly #collections: Collections;
  readonly #dispatcher: Dispatcher;
  readonly #clock: DatabaseClock;
  readonly #keys: UniqueKeys;
  readonly #redispatchMs: number;
  readonly #log: Log;
  readonly #inserts: Batcher<JobRecord, JobRecord | null>;

  constructor(parts: {
    collections: Collections;
    dispatcher: Dispatcher;
    clock: DatabaseClock;
    keys: UniqueKeys;
    redispatchMs: number;
    log: Log;
  }) {
    this.#collections = parts.collections;
    this.#dispatcher = parts.dispatcher;
    this.#clock = parts.clock;
    this.#keys = parts.keys;
    this.#redispatchMs = parts.redispatchMs;
    this.#log = parts.log;
    this.#inserts = new Batcher((records) => context.with(ROOT_CONTEXT, () => this.#insertAll(records)));
  }

  /**
   * Writes the command down and rings for it. Resolves when it is stored, whether or not the broker is there.
   * @throws JobsError `payload-invalid`, `payload-too-large`, `id-invalid`.
   */
  enqueue(definition: JobDefinition, payload: unknown, options: EnqueueOptions = {}): Promise<Enqueued> {
    const checked = checkedPayload(definition, payload);
    return spanEnqueue(definition.contract.name, async (span) => {
      const record = newRecord(definition, checked, options, {
        now: this.#clock.now(),
        redispatchMs: this.#redispatchMs,
      });
      span.setAttributes(messagingAttributes(record, 'send'));
      crashPoint('enqueue.checked');
      const holder = await this.#takeKey(definition, record, options.session);
      if (holder) return { record: holder, conflict: true };
      const first = options.session ? await this.#insertWith(record, options.session) : await this.#inserts.get(record);
      if (first) return { record: first, conflict: true };
      count('accepted', record);
      if (options.session) this.#dispatchAfter(options.session, record);
      else void this.#dispatcher.dispatch(record);
      return { record, conflict: false };
    });
  }

  /** Checks a payload as {@link enqueue} would. @throws JobsError `payload-invalid`, `payload-too-large`. */
  check(definition: JobDefinition, payload: unknown): void {
    checkedPayload(definition, payload);
  }

  /** @returns the job that stands for this command instead, after saying so in the log. */
  async #takeKey(
    { unique }: JobDefinition,
    record: JobRecord,
    session?: ClientSession,
  ): Promise<JobRecord | undefined> {
    if (!unique || !record.key) return undefined;
    const claim = await this.#keys.take(record.key, record._id, unique.windowMs ?? 0, session);
    if (claim.kind === 'taken') return undefined;
    this.#log.info(
      { job: record.name, key: record.key, heldBy: claim.by?._id },
      'unique key is held, the job that holds it is returned',
    );
    if (claim.by) return claim.by;
    throw new JobsError(
      'unique-conflict',
      `job ${record.name}: key ${record.key} is being taken by another command right now; try again`,
      { key: record.key },
    );
  }

  /** @returns per record null, or the job that had its id already. */
  async #insertAll(records: JobRecord[]): Promise<(JobRecord | null)[]> {
    const { jobs, accepted } = this.#collections;
    const isFresh = await insertFresh(records, (fresh) => jobs.insertMany(fresh, { ordered: false }));
    crashPoint('enqueue.record-written');
    const journal = records
      .filter((_, index) => isFresh[index])
      .map(({ _id, name, createdAt }) => ({ _id, name, at: createdAt }));
    if (journal.length > 0) await accepted.insertMany(journal, { ordered: false }).catch(ignoreDuplicates);
    crashPoint('enqueue.journalled');
    const taken = records.filter((_, index) => !isFresh[index]).map(({ _id }) => _id);
    if (taken.length === 0) return records.map(() => null);
    const firsts = new Map((await jobs.find({ _id: { $in: taken } }).toArray()).map((first) => [first._id, first]));
    return records.map((record, index) => (isFresh[index] ? null : (firsts.get(record._id) ?? null)));
  }

  async #insertWith(record: JobRecord, session: ClientSession): Promise<JobRecord | null> {
    const { jobs, accepted } = this.#collections;
    const first = await jobs.findOne({ _id: record._id }, { session });
    if (first) return first;
    await jobs.insertOne(record, { session });
    crashPoint('enqueue.session-record-written');
    await accepted.insertOne({ _id: record._id, name: record.name, at: record.createdAt }, { session });
    crashPoint('enqueue.session-journalled');
    return null;
  }

  /** The transaction may still be rolled back; when the process dies before its end the sweeper takes over. */
  #dispatchAfter(session: ClientSession, record: JobRecord): void {
    session.once('ended', () => {
      void this.#collections.jobs.findOne({ _id: record._id }).then(
        (stored) => stored && this.#dispatcher.dispatch(stored),
        () => undefined,
      );
    });
  }
}

/** Inserts what is not there yet. @returns per record whether it was. Two with one id in a batch: the first wins. */
async function insertFresh(
  records: readonly JobRecord[],
  insert: (records: JobRecord[]) => Promise<unknown>,
): Promise<boolean[]> {
  try {
    await insert([...records]);
    return records.map(() => true);
  } catch (error) {
    const refused = duplicateIndexes(error);
    if (!refused) throw error;
    return records.map((_, index) => !refused.has(index));
  }
}

function duplicateIndexes(error: unknown): Set<number> | undefined {
  if (!(error instanceof Error) || !('writeErrors' in error)) return undefined;
  const errors = [error.writeErrors].flat() as { code: number; index: number }[];
  return errors.every((item) => isDuplicateKey(Object.assign(new Error(), { code: item.code })))
    ? new Set(errors.map(({ index }) => index))
    : undefined;
}

function ignoreDuplicates(error: unknown): void {
  if (!duplicateIndexes(error)) throw error;
}
