import type { ClientSession } from 'mongoose';
import type { Collections, KeyRow } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { isTerminal, type JobRecord } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { KeyRows } from './key-rows.ts';

/** An enqueuer that died between lock and record holds the key for so long. */
const HOLDER_WITHOUT_RECORD_MS = 10_000;
const MAX_STEALS = 20;
/** How long to wait for the record of whoever has just taken the key, so that it can be returned. */
const RECORD_COMES = { firstMs: 25, longestMs: 250, tries: 16 };
/** How long a key that an ended job has taken again is held for it, until it runs. */
const REOPENING_MS = 10_000;

export type KeyClaim = { readonly kind: 'taken' } | { readonly kind: 'held'; readonly by: JobRecord | null };

/**
 * Uniqueness by lock rows: who inserts the row holds the key. Nothing has to be released, because a row whose job has
 * ended is taken over by the next one; so nothing can leak.
 */
export class UniqueKeys {
  readonly #collections: Collections;
  readonly #rows: KeyRows;
  readonly #clock: DatabaseClock;

  constructor(collections: Collections, clock: DatabaseClock) {
    this.#collections = collections;
    this.#rows = new KeyRows(collections);
    this.#clock = clock;
  }

  /**
   * Takes a key for a job, or says who holds it. Taking what one holds already succeeds.
   * @param windowMs held until creation + window even when the job has ended sooner.
   * @returns `held` by null when the holder's record does not come within three seconds.
   */
  async take(key: string, jobId: string, windowMs: number, session?: ClientSession): Promise<KeyClaim> {
    for (let tries = 0; tries < MAX_STEALS; tries++) {
      const row = await this.#insert(key, jobId, windowMs, session);
      if (!row || row.jobId === jobId) return { kind: 'taken' };
      const holder = await this.#holder(row, session);
      if (this.#isHeld(row, holder)) return { kind: 'held', by: holder };
      if (await this.#steal(row, jobId, windowMs, session)) return { kind: 'taken' };
    }
    throw new Error(`unique key ${key}: still changing hands after ${MAX_STEALS} tries`);
  }

  /**
   * Takes a key for an ended job that is to run again. An ended holder's key may be stolen at any time, so it is held
   * for a moment by its time; `giveBack` ends that when the job does not run again after all.
   */
  async retake(key: string, jobId: string): Promise<KeyClaim & { giveBack?: () => Promise<void> }> {
    for (let tries = 0; tries < MAX_STEALS; tries++) {
      const claim = await this.take(key, jobId, 0);
      if (claim.kind === 'held') return claim;
      const { keys } = this.#collections;
      const until = new Date(this.#clock.now().getTime() + REOPENING_MS);
      const before = await keys.findOneAndUpdate(
        { _id: key, jobId },
        { $max: { until } },
        { returnDocument: 'before' },
      );
      if (!before) continue;
      const giveBack = async () => {
        await keys.updateOne({ _id: key, jobId }, { $set: { until: before.until } });
      };
      return { kind: 'taken', giveBack };
    }
    throw new Error(`unique key ${key}: still changing hands after ${MAX_STEALS} tries`);
  }

  /**
   * Holds keys for a moment for the ended jobs that still hold them, so that nobody steals one before its job runs again.
   * Two round trips for all. @param jobs by key. @returns the keys that are held; of the others somebody else has a claim.
   */
  async hold(jobs: ReadonlyMap<string, string>): Promise<Set<string>> {
    if (jobs.size === 0) return new Set();
    const { keys } = this.#collections;
    const until = new Date(this.#clock.now().getTime() + REOPENING_MS);
    await keys.bulkWrite(
      [...jobs].map(([_id, jobId]) => ({ updateOne: { filter: { _id, jobId }, update: { $max: { until } } } })),
      { ordered: false },
    );
    const rows = await keys.find({ _id: { $in: [...jobs.keys()] } }).toArray();
    return new Set(rows.filter(({ _id, jobId }) => jobs.get(_id) === jobId).map(({ _id }) => _id));
  }

  /**
   * Gives up keys that were taken for jobs which are not written after all. A row stays that anybody may take: to delete it
   * could take it from under a job that another request with the same id has written meanwhile.
   * @param jobs by key.
   */
  async giveBack(jobs: ReadonlyMap<string, string>): Promise<void> {
    if (jobs.size === 0) return;
    const long = new Date(0);
    await this.#collections.keys.bulkWrite(
      [...jobs].map(([_id, jobId]) => ({ updateOne: { filter: { _id, jobId }, update: { $set: { at: long } } } })),
      { ordered: false },
    );
  }

  /** @returns the row that is there already, if any. */
  async #insert(key: string, jobId: string, windowMs: number, session?: ClientSession): Promise<KeyRow | null> {
    // Read first: inside a transaction a duplicate key would abort it.
    const existing = await this.#rows.row(key, session);
    if (existing) return existing;
    const at = this.#clock.now();
    const isOurs = await this.#rows.insert({ _id: key, jobId, at, until: new Date(at.getTime() + windowMs) }, session);
    if (!isOurs) return this.#rows.row(key);
    crashPoint('enqueue.key-taken');
    return null;
  }

  /** The key is taken before the record is written; a holder in the same transaction is seen by its session only. */
  async #holder(row: KeyRow, session?: ClientSession): Promise<JobRecord | null> {
    for (let tries = 0; ; tries++) {
      const holder = await this.#rows.holder(row.jobId, session);
      if (holder || session || tries === RECORD_COMES.tries || !this.#isHeld(row, null)) return holder;
      const pauseMs = Math.min(RECORD_COMES.firstMs * 1.5 ** tries, RECORD_COMES.longestMs);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  #isHeld(row: KeyRow, holder: JobRecord | null): boolean {
    const now = this.#clock.now();
    if (holder) return !isTerminal(holder.state) || row.until > now;
    return now.getTime() - row.at.getTime() < HOLDER_WITHOUT_RECORD_MS;
  }

  async #steal(row: KeyRow, jobId: string, windowMs: number, session?: ClientSession): Promise<boolean> {
    const at = this.#clock.now();
    const { matchedCount } = await this.#collections.keys.updateOne(
      { _id: row._id, jobId: row.jobId },
      { $set: { jobId, at, until: new Date(at.getTime() + windowMs) } },
      session ? { session } : {},
    );
    crashPoint('enqueue.key-stolen');
    return matchedCount === 1;
  }
}
