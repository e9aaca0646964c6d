import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { mongo } from 'mongoose';
import { crashPoint } from '../runtime/crash-points.ts';
import type { Log } from '../telemetry/log.ts';
import type { DatabaseClock } from './database-clock.ts';
import { isLocked, isOutage } from './outage.ts';
import type { JobRecord } from './record.ts';
import { isMadeIn, type Marked, modelOf, type RecordUpdate, type Statement, statementsOf } from './statements.ts';

const MAX_BATCH = 1_000;
/** Fewer writes are not worth the second round trip of a commit. */
const MIN_TRANSACTION = 4;
const RETRY_MS = { first: 50, longest: 1_000 };
/** A write that waits so long meets a record that somebody's transaction holds. */
const LOCKED_AFTER_MS = 1_000;
const MARKS = { 'lease.token': 1, settledBy: 1 };

type Waiting = Marked & {
  resolve(token: string | undefined): void;
  reject(error: unknown): void;
};

/** Per item: whether it matched, or why the server refused it. */
type BulkResult = readonly (boolean | Error)[];

/**
 * Writes what is waiting as one unordered bulk, while the next bulk gathers: throughput grows with load, and a lone
 * write waits for nobody. One bad item fails alone.
 */
export class GroupCommit {
  readonly #client: mongo.MongoClient;
  readonly #jobs: mongo.Collection<JobRecord>;
  readonly #clock: DatabaseClock;
  readonly #log: Log;
  /** Heartbeats go before all else: a late one costs a lease. */
  #urgent: Waiting[] = [];
  #normal: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  readonly #alone = new Set<Promise<void>>();
  #session: mongo.ClientSession | undefined;
  #mayTransact = false;
  #isClosed = false;

  constructor(parts: { client: mongo.MongoClient; jobs: mongo.Collection<JobRecord>; clock: DatabaseClock; log: Log }) {
    this.#client = parts.client;
    this.#jobs = parts.jobs;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /**
   * Updates one record.
   * @returns the token that stands where the item's `mark` says, or undefined when the filter matched nothing; after a
   *   broken connection this is read back, so it is never a guess. While the database is away the write waits and is tried again.
   * @throws what the server says against this very update, and when the commit was closed meanwhile.
   */
  write(item: RecordUpdate & { urgent?: boolean }): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      (item.urgent ? this.#urgent : this.#normal).push({ ...item, resolve, reject });
      this.#flushing ??= context.with(ROOT_CONTEXT, () => this.#flush());
    });
  }

  /**
   * The session of all transactions of this process. One that is killed between bulk and commit leaves its records
   * locked for a minute, unless somebody who knows the session ends it.
   */
  get sessionId(): mongo.ServerSessionId | undefined {
    return this.#ownSession().id;
  }

  /** From now on others know the {@link sessionId}. */
  allowTransactions(): void {
    this.#mayTransact = true;
  }

  /** Lets what is waiting be written, or given up after `withinMs`. */
  async close(withinMs: number): Promise<void> {
    const written = Promise.all([this.#flushing, ...this.#alone]);
    await Promise.race([written, new Promise((resolve) => setTimeout(resolve, withinMs).unref())]);
    this.#isClosed = true;
    await this.#session?.endSession().catch(() => undefined);
  }

  async #flush(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#urgent.length + this.#normal.length > 0) {
      const batch = [...this.#urgent.splice(0, MAX_BATCH)];
      batch.push(...this.#normal.splice(0, MAX_BATCH - batch.length));
      await this.#commit(batch);
    }
    this.#flushing = undefined;
  }

  async #commit(batch: Waiting[]): Promise<void> {
    let waitMs = RETRY_MS.first;
    for (let isFirst = true; ; isFirst = false) {
      if (this.#isClosed) return refuse(batch, new CommitClosed('the runtime has stopped'));
      try {
        const open = isFirst ? batch : await this.#withoutMade(batch);
        if (open.length > 0) await this.#bulk(open);
        return;
      } catch (error) {
        if (!isOutage(error)) return this.#eachAlone(batch);
        this.#clock.failed();
        this.#log.warn({ err: error, waiting: batch.length, waitMs }, 'database write failed, trying again');
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        waitMs = Math.min(waitMs * 2, RETRY_MS.longest);
      }
    }
  }

  /** The whole bulk was refused (a document too large, a record that is locked): whoever is to blame fails or waits alone. */
  #eachAlone(batch: Waiting[]): void {
    for (const item of batch) {
      const writing = context
        .with(ROOT_CONTEXT, () => this.#writeAlone(item))
        .finally(() => this.#alone.delete(writing));
      this.#alone.add(writing);
    }
  }

  /** Nobody waits for this item; it waits for whoever holds its record, or for the database. */
  async #writeAlone(item: Waiting): Promise<void> {
    for (let waitMs = RETRY_MS.first; !this.#isClosed; waitMs = Math.min(waitMs * 2, RETRY_MS.longest)) {
      try {
        return await this.#tryAlone(item);
      } catch (error) {
        if (!isOutage(error) && !isLocked(error)) return item.reject(error);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
    item.reject(new CommitClosed('the runtime has stopped'));
  }

  async #tryAlone(item: Waiting): Promise<void> {
    const [open] = await this.#withoutMade([item]);
    if (!open) return;
    const [result] = await this.#plainly([item]);
    if (result instanceof Error) throw result;
    item.resolve(result ? item.token : undefined);
  }

  /** Settles what had been written, whatever the answer said or did not say, and returns the rest. */
  async #withoutMade(batch: readonly Waiting[]): Promise<Waiting[]> {
    const sent = batch.filter(({ mark, token }) => mark && token).map(({ id }) => id);
    const records =
      sent.length === 0 ? [] : await this.#jobs.find({ _id: { $in: sent } }, { projection: MARKS }).toArray();
    const stored = new Map(records.map((record) => [record._id, record]));
    return batch.filter((item) => {
      const isMade = isMadeIn(stored.get(item.id), item);
      if (isMade) item.resolve(item.token);
      return !isMade;
    });
  }

  async #bulk(batch: Waiting[]): Promise<void> {
    if (this.#mayTransact && batch.length >= MIN_TRANSACTION && (await this.#inTransaction(batch))) return;
    const results = await this.#plainly(batch);
    this.#clock.answered();
    batch.forEach((item, index) => {
      const result = results[index];
      if (isLocked(result)) this.#eachAlone([item]);
      else if (result instanceof Error) item.reject(result);
      else item.resolve(result ? item.token : undefined);
    });
  }

  /**
   * One journal flush for the whole bulk, and one statement for all that is alike: either is made for all of its records or
   * for none. @returns false when one record spoilt it for all: nothing was written.
   */
  async #inTransaction(batch: Waiting[]): Promise<boolean> {
    const statements = statementsOf(batch, this.#clock.now());
    const counts = await this.#transact(statements);
    if (!counts) return false;
    this.#clock.answered();
    const unclear = statements.flatMap(({ items, token }, index) => {
      const matched = counts[index] ?? 0;
      if (matched > 0 && matched < items.length) return items;
      for (const { resolve } of items) resolve(matched > 0 ? token : undefined);
      return [];
    });
    if (unclear.length > 0) await this.#readBack(unclear);
    return true;
  }

  /** Some records of a statement have matched: their marks say which. */
  async #readBack(unclear: Waiting[]): Promise<void> {
    try {
      for (const { resolve } of await this.#withoutMade(unclear)) resolve(undefined);
    } catch {
      this.#eachAlone(unclear);
    }
  }

  /** @returns how many records each statement has matched. */
  async #transact(statements: Statement<Waiting>[]): Promise<number[] | undefined> {
    const session = this.#ownSession();
    session.startTransaction({ writeConcern: { w: 'majority', journal: true } });
    crashPoint('commit.transaction-begun');
    try {
      const { updateResults } = await this.#client.bulkWrite(this.#models(statements), {
        ordered: false,
        verboseResults: true,
        session,
      });
      crashPoint('commit.bulk-written');
      await session.commitTransaction();
      crashPoint('commit.committed');
      return statements.map((_, index) => updateResults?.get(index)?.matchedCount ?? 0);
    } catch (error) {
      if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
      if (isOutage(error)) throw error;
      return undefined;
    }
  }

  /** Each bulk stands for itself; ordering reads after writes would only be one more thing to ask of the server. */
  #ownSession(): mongo.ClientSession {
    this.#session ??= this.#client.startSession({ causalConsistency: false });
    return this.#session;
  }

  async #plainly(batch: Waiting[]): Promise<BulkResult> {
    const now = this.#clock.now();
    const statements = batch.flatMap((item) => statementsOf([item], now));
    try {
      const { updateResults } = await this.#client.bulkWrite(this.#models(statements), {
        ordered: false,
        verboseResults: true,
        maxTimeMS: LOCKED_AFTER_MS,
      });
      crashPoint('commit.plainly-written');
      return batch.map((_, index) => (updateResults?.get(index)?.matchedCount ?? 0) > 0);
    } catch (error) {
      const partial = partialResults(error);
      if (!partial) throw error;
      return batch.map((_, index) => partial.errors.get(index) ?? (partial.matched.get(index)?.matchedCount ?? 0) > 0);
    }
  }

  #models(statements: Statement<Waiting>[]): mongo.ClientBulkWriteModel<mongo.Document>[] {
    return statements.map((statement) => modelOf(statement, this.#jobs.namespace));
  }
}

function refuse(batch: readonly Waiting[], reason: Error): void {
  for (const { reject } of batch) reject(reason);
}

/** The write was not made because the runtime has stopped meanwhile; it may be made by another one. */
export class CommitClosed extends Error {
  override readonly name = 'CommitClosed';
}

/** The server's answers item by item, or undefined when the whole bulk has failed. */
function partialResults(error: unknown) {
  if (!(error instanceof mongo.MongoClientBulkWriteError) || error.writeErrors.size === 0) return undefined;
  const errors = new Map(
    [...error.writeErrors].map(([index, { message, code }]) => [index, Object.assign(new Error(message), { code })]),
  );
  return { errors, matched: error.partialResult?.updateResults ?? new Map() };
}
