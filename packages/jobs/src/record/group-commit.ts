import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { mongo } from 'mongoose';
import type { Log } from '../telemetry/log.ts';
import type { DatabaseClock } from './database-clock.ts';
import { isLocked, isOutage } from './outage.ts';
import type { JobRecord } from './record.ts';
import { RecordWrites, type Written, writtenBy } from './record-writes.ts';
import { isMadeIn, type Marked, type RecordUpdate, statementsOf } from './statements.ts';

const MAX_BATCH = 1_000;
/** Fewer writes are not worth the second round trip of a commit. */
const MIN_TRANSACTION = 4;
const RETRY_MS = { first: 50, longest: 1_000 };
const MARKS = { 'lease.token': 1, settledBy: 1 };

type Waiting = Marked & {
  resolve(written: Written | undefined): void;
  reject(error: unknown): void;
};

/**
 * Writes what is waiting as one unordered bulk, while the next bulk gathers: throughput grows with load, and a lone
 * write waits for nobody. One bad item fails alone.
 */
export class GroupCommit {
  readonly #writes: RecordWrites;
  readonly #jobs: mongo.Collection<JobRecord>;
  readonly #clock: DatabaseClock;
  readonly #log: Log;
  /** Heartbeats go before all else: a late one costs a lease. */
  #urgent: Waiting[] = [];
  #normal: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  readonly #alone = new Set<Promise<void>>();
  #mayTransact = false;
  #isClosed = false;

  constructor(parts: { client: mongo.MongoClient; jobs: mongo.Collection<JobRecord>; clock: DatabaseClock; log: Log }) {
    this.#writes = new RecordWrites(parts);
    this.#jobs = parts.jobs;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /**
   * Updates one record.
   * @returns undefined when the filter matched nothing; after a broken connection this is read back, so it is never a guess.
   *   While the database is away the write waits and is tried again.
   * @throws what the server says against this very update, and when the commit was closed meanwhile.
   */
  write(item: RecordUpdate & { urgent?: boolean }): Promise<Written | undefined> {
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
    return this.#writes.session.id;
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
    await this.#writes.close();
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
    item.resolve(await this.#writes.one(item));
  }

  /** Settles what had been written, whatever the answer said or did not say, and returns the rest. */
  async #withoutMade(batch: readonly Waiting[]): Promise<Waiting[]> {
    const sent = batch.filter(({ mark, token }) => mark && token).map(({ id }) => id);
    const records =
      sent.length === 0 ? [] : await this.#jobs.find({ _id: { $in: sent } }, { projection: MARKS }).toArray();
    const stored = new Map(records.map((record) => [record._id, record]));
    return batch.filter((item) => {
      const isMade = isMadeIn(stored.get(item.id), item);
      if (isMade) item.resolve(writtenBy(item));
      return !isMade;
    });
  }

  async #bulk(batch: Waiting[]): Promise<void> {
    if (this.#mayTransact && batch.length >= MIN_TRANSACTION && (await this.#inTransaction(batch))) return;
    const results = await this.#writes.plainly(batch);
    this.#clock.answered();
    batch.forEach((item, index) => {
      const result = results[index];
      if (isLocked(result)) this.#eachAlone([item]);
      else if (result instanceof Error) item.reject(result);
      else item.resolve(result);
    });
  }

  /**
   * One journal flush for the whole bulk, and one statement for all that is alike: either is made for all of its records or
   * for none. @returns false when one record spoilt it for all: nothing was written.
   */
  async #inTransaction(batch: Waiting[]): Promise<boolean> {
    const statements = statementsOf(batch, this.#clock.now());
    const counts = await this.#writes.together(statements);
    if (!counts) return false;
    this.#clock.answered();
    const unclear = statements.flatMap(({ items, token }, index) => {
      const matched = counts[index] ?? 0;
      if (matched > 0 && matched < items.length) return items;
      for (const { resolve } of items) resolve(matched > 0 ? { token } : undefined);
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
}

function refuse(batch: readonly Waiting[], reason: Error): void {
  for (const { reject } of batch) reject(reason);
}

/** The write was not made because the runtime has stopped meanwhile; it may be made by another one. */
export class CommitClosed extends Error {
  override readonly name = 'CommitClosed';
}
