import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import { countAll } from '../record/job-counts.ts';
import type { JobFilter } from '../record/job-filter.ts';
import { JobsError } from '../runtime/errors.ts';
import { newId } from '../runtime/ids.ts';
import { countLetters } from './letter-pages.ts';
import {
  jobsOf,
  type LetterFilter,
  type OperationKind,
  type OperationRow,
  type OperationView,
  viewOfOperation,
} from './operation.ts';

type Wish = {
  /** The operation's own id: the same wish again returns the first. Default: a fresh UUIDv7. */
  id?: string | undefined;
  /** Jobs created before this time, dead letters that came to rest before it. Default, and latest: now. */
  before?: Date | undefined;
  /** How many the filter must find now; another number refuses the operation. */
  expectedCount?: number | undefined;
  /** Items a second, 1 to 500. Default: as fast as may be. */
  rate?: number | undefined;
  by?: string | undefined;
};

/** Where operations on many jobs are asked for, looked at and called off. */
export class OperationDesk {
  readonly #parts: { collections: Collections; clock: DatabaseClock; wake(): void };

  constructor(parts: { collections: Collections; clock: DatabaseClock; wake(): void }) {
    this.#parts = parts;
  }

  /** Cancels, retries or deletes every job that a filter finds. @throws JobsError `count-changed`. */
  onJobs(kind: 'cancel' | 'retry' | 'delete', filter: JobFilter, wish: Wish = {}): Promise<OperationView> {
    return this.#accept(kind, filter, wish);
  }

  /** Runs the open dead letters that a filter finds again. @throws JobsError `count-changed`. */
  replay(filter: LetterFilter, wish: Wish = {}): Promise<OperationView> {
    return this.#accept('replay', filter, wish);
  }

  /** @throws JobsError `operation-not-found`. */
  async find(id: string): Promise<OperationView> {
    const row = await this.#parts.collections.operations.findOne({ _id: id });
    if (!row) throw notFound(id);
    return viewOfOperation(row);
  }

  /** Newest first; `after` is the last one of the page before. @param to asked for before or at that time; default any. */
  async list({
    limit,
    after,
    to,
  }: {
    limit: number;
    after?: { createdAt: Date; id: string } | undefined;
    to?: Date | undefined;
  }): Promise<OperationView[]> {
    const beyond = after && {
      $or: [{ createdAt: { $lt: after.createdAt } }, { createdAt: after.createdAt, _id: { $lt: after.id } }],
    };
    const rows = await this.#parts.collections.operations
      .find({ ...beyond, ...(to && { createdAt: { $lte: to } }) })
      .sort({ createdAt: -1, _id: -1 })
      .limit(limit)
      .toArray();
    return rows.map(viewOfOperation);
  }

  /** Stops an operation between two pages; what it has done stays done. An ended one stays as it is. @throws JobsError `operation-not-found`. */
  async cancel(id: string): Promise<OperationView> {
    const { operations } = this.#parts.collections;
    await operations.updateOne(
      { _id: id, state: 'running', cancelRequestedAt: { $exists: false } },
      { $currentDate: { cancelRequestedAt: true, updatedAt: true } },
    );
    this.#parts.wake();
    return this.find(id);
  }

  async #accept(kind: OperationKind, filter: JobFilter | LetterFilter, wish: Wish): Promise<OperationView> {
    const { operations } = this.#parts.collections;
    const { id = newId(), expectedCount, rate, by = null } = wish;
    const first = wish.id ? await operations.findOne({ _id: id }) : null;
    if (first) return viewOfOperation(first);
    const now = this.#parts.clock.now();
    const before = wish.before && wish.before < now ? wish.before : now;
    const asked = { kind, filter: JSON.stringify(filter), before };
    const total = await this.#count(asked);
    if (expectedCount !== undefined && expectedCount !== total)
      throw new JobsError(
        'count-changed',
        `the filter finds ${total} now and not ${expectedCount}; look again and repeat with the count that you mean`,
        { count: total, expectedCount },
      );
    const row: OperationRow = {
      _id: id,
      ...asked,
      total,
      done: 0,
      skipped: 0,
      failed: 0,
      state: 'running',
      page: [],
      source: 'job',
      cursor: null,
      turn: 0,
      ...(rate !== undefined && { rate }),
      problems: [],
      strikes: 0,
      createdBy: by,
      createdAt: now,
      updatedAt: now,
    };
    try {
      await operations.insertOne(row);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return this.find(id);
    }
    this.#parts.wake();
    return viewOfOperation(row);
  }

  async #count(asked: Pick<OperationRow, 'kind' | 'filter' | 'before'>): Promise<number> {
    const { collections } = this.#parts;
    if (asked.kind !== 'replay') return countAll(collections, jobsOf(asked));
    const filter = JSON.parse(asked.filter) as LetterFilter;
    const [jobs, letters] = await Promise.all([
      (filter.source ?? 'job') === 'job' ? countAll(collections, jobsOf(asked)) : 0,
      countLetters(collections, filter, asked.before),
    ]);
    return jobs + letters;
  }
}

const notFound = (id: string) => new JobsError('operation-not-found', `operation ${id} does not exist`, { id });
