import type { mongo } from 'mongoose';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import { inBrackets } from '../record/in-brackets.ts';
import { deleteKeys, deleteLeftovers } from '../record/leftovers.ts';
import { type JobRecord, TERMINAL, type TerminalState } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { newId } from '../runtime/ids.ts';
import type { Log } from '../telemetry/log.ts';
import { type ArchiveRow, type ChunkTotal, totalId } from './archive-rows.ts';

const CHUNK = 500;
/** Old jobs that a sweep looks at of a queue and state; when most of them are kept for some reason, the next one goes on behind them. */
const MAX_LOOKED_AT = 10_000;
/** A chunk that nobody has finished by then is finished by whoever comes by. */
const LEFT_BEHIND_MS = 60_000;
const KEPT_CHUNKS = 100;

const DAY_MS = 86_400_000;

/** How long ended jobs are kept, in milliseconds. */
export type Keeping = {
  /** Default 7 days. */
  readonly endedMs: number;
  /** Failed ones, which people may still want to retry. Default 30 days. Those that are parked are kept. */
  readonly failedMs: number;
  /** How often a process looks for some to archive. Default 1 minute. */
  readonly everyMs: number;
};

export const defaultKeeping: Keeping = { endedMs: 7 * DAY_MS, failedMs: 30 * DAY_MS, everyMs: 60_000 };

type Old = Pick<JobRecord, '_id' | 'key' | 'ends' | 'reopens' | 'nextRunAt'>;

type Parts = {
  collections: Collections;
  clock: DatabaseClock;
  queues: readonly string[];
  keeping: Keeping;
  log: Log;
};

/**
 * Replaces old records by totals per day. Each record belongs to one chunk, by a mark in itself; a chunk is counted into
 * a total once, by its id there; deleting comes last. So a process may die anywhere, and several may work side by side.
 */
export class Archive {
  readonly #parts: Parts;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** By queue and state: when those were due that come next; absent for the oldest. */
  readonly #places = new Map<string, Date>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Finishes what others have left behind, then archives at most 500 jobs. */
  async sweep(): Promise<void> {
    const { collections, clock, keeping, log } = this.#parts;
    if (performance.now() - this.#lookedAt < keeping.everyMs) return;
    this.#lookedAt = performance.now();
    const before = new Date(clock.now().getTime() - Math.min(LEFT_BEHIND_MS, keeping.everyMs * 2));
    for (const chunk of await collections.archives.find({ at: { $lt: before } }).toArray()) await this.#finish(chunk);
    await this.#forgetBatches();
    const wanted = await this.#choose();
    if (wanted.length === 0) return;
    const chunk: ArchiveRow = { _id: newId(), state: 'marking', wanted, ids: [], totals: [], at: clock.now() };
    await collections.archives.insertOne(chunk);
    crashPoint('archive.chosen');
    await this.#finish(chunk);
    log.info({ jobs: wanted.length }, 'ended jobs archived');
    // More are waiting: the next sweep goes on.
    if (wanted.length === CHUNK) this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  async #choose(): Promise<string[]> {
    const chosen: string[] = [];
    for (const queue of this.#parts.queues)
      for (const state of TERMINAL)
        if (chosen.length < CHUNK) chosen.push(...(await this.#chooseOf(queue, state, CHUNK - chosen.length)));
    return chosen;
  }

  /** The oldest that need not be kept. */
  async #chooseOf(queue: string, state: TerminalState, wanted: number): Promise<string[]> {
    const place = `${queue} ${state}`;
    const old = this.#old(queue, state, this.#places.get(place));
    this.#places.delete(place);
    const chosen: string[] = [];
    let seen = 0;
    try {
      while (chosen.length < wanted) {
        const page = await next(old, CHUNK);
        seen += page.length;
        chosen.push(...(await this.#notKept(page)));
        const last = page.at(-1);
        if (last && seen === MAX_LOOKED_AT) this.#places.set(place, last.nextRunAt);
        if (page.length < CHUNK || seen === MAX_LOOKED_AT) break;
      }
    } finally {
      await old.close();
    }
    return chosen.slice(0, wanted);
  }

  /** A key whose window is open needs its job; an end written twice stays an alarm until a person has seen it. */
  async #notKept(old: readonly Old[]): Promise<string[]> {
    const keys = old.flatMap(({ key }) => key ?? []);
    const open = this.#parts.collections.keys.find({ _id: { $in: keys }, until: { $gt: this.#parts.clock.now() } });
    const held = new Set(keys.length > 0 ? (await open.toArray()).map(({ jobId }) => jobId) : []);
    return old.filter(({ _id, ends, reopens }) => !held.has(_id) && ends - reopens <= 1).map(({ _id }) => _id);
  }

  #old(queue: string, state: TerminalState, from: Date | undefined): mongo.FindCursor<Old> {
    const isOld = this.#isOld(state);
    const due = { ...(isOld.nextRunAt as object), ...(from && { $gte: from }) };
    return this.#parts.collections.jobs
      .find<Old>({ ...isOld, nextRunAt: due, queue } as mongo.Filter<JobRecord>, {
        projection: { key: 1, ends: 1, reopens: 1, nextRunAt: 1 },
      })
      .sort({ nextRunAt: 1 })
      .limit(MAX_LOOKED_AT)
      .batchSize(CHUNK);
  }

  /** No job is due after its end, and by when it was due the index knows it. */
  #isOld(state: TerminalState): mongo.Filter<JobRecord> {
    const { clock, keeping } = this.#parts;
    const keptMs = state === 'failed' ? keeping.failedMs : keeping.endedMs;
    const before = new Date(clock.now().getTime() - keptMs);
    return {
      state,
      nextRunAt: { $lt: before },
      $and: inBrackets({
        endedAt: { $lt: before },
        'announce.pending': { $ne: true },
        'deadLetter.state': { $ne: 'parked' },
        archivedBy: { $exists: false },
      }),
    } as mongo.Filter<JobRecord>;
  }

  async #finish(chunk: ArchiveRow): Promise<void> {
    const counted = chunk.state === 'counted' ? chunk : await this.#count(chunk);
    if (counted) await this.#addUp(counted);
    if (counted) await this.#deleteAll(counted);
    // What was marked too late to be counted is left for another chunk.
    await this.#parts.collections.jobs.updateMany(
      { _id: { $in: chunk.wanted }, archivedBy: chunk._id },
      { $unset: { archivedBy: '' } },
    );
    await this.#parts.collections.archives.deleteOne({ _id: chunk._id });
  }

  /** Marks, reads back what is marked, and writes its sums down. @returns null when somebody else has finished the chunk. */
  async #count({ _id, wanted }: ArchiveRow): Promise<ArchiveRow | null> {
    const { jobs, archives } = this.#parts.collections;
    await Promise.all(
      TERMINAL.map((state) =>
        jobs.updateMany(
          { ...this.#isOld(state), _id: { $in: wanted } },
          // The number makes whoever would run it again, having read it before, look again.
          { $set: { archivedBy: _id }, $inc: { n: 1 } },
        ),
      ),
    );
    crashPoint('archive.marked');
    const marked = await jobs
      .find({ _id: { $in: wanted }, archivedBy: _id }, { projection: { name: 1, state: 1, endedAt: 1 } })
      .toArray();
    const counted = await archives.findOneAndUpdate(
      { _id, state: 'marking' },
      { $set: { state: 'counted', ids: marked.map((record) => record._id), totals: totalsOf(marked) } },
      { returnDocument: 'after' },
    );
    crashPoint('archive.counted');
    return counted ?? archives.findOne({ _id });
  }

  async #addUp({ _id, totals }: ArchiveRow): Promise<void> {
    for (const total of totals) {
      const { name, day, ...counts } = total;
      await this.#parts.collections.totals
        .updateOne(
          { _id: totalId(total), chunks: { $ne: _id } },
          { $inc: counts, $push: { chunks: { $each: [_id], $slice: -KEPT_CHUNKS } }, $setOnInsert: { name, day } },
          { upsert: true },
        )
        // It is there and holds this chunk already.
        .catch((error: unknown) => {
          if (!isDuplicateKey(error)) throw error;
        });
      crashPoint('archive.totalled');
    }
  }

  /** What belongs to the records first, then the journal, so that no accepted id is ever without its record. */
  async #deleteAll({ ids }: ArchiveRow): Promise<void> {
    const { collections } = this.#parts;
    const records = await collections.jobs.find({ _id: { $in: ids } }, { projection: { key: 1 } }).toArray();
    await deleteKeys(collections, records);
    await deleteLeftovers(collections, ids);
    crashPoint('archive.leftovers-deleted');
    await collections.accepted.deleteMany({ _id: { $in: ids } });
    crashPoint('archive.unjournalled');
    await collections.jobs.deleteMany({ _id: { $in: ids } });
    crashPoint('archive.deleted');
  }

  async #forgetBatches(): Promise<void> {
    const { collections, clock, keeping } = this.#parts;
    const before = new Date(clock.now().getTime() - keeping.failedMs);
    await collections.batches.deleteMany({
      createdAt: { $lt: before },
      endedAt: { $lt: before },
      dueAt: { $exists: false },
    });
  }
}

async function next(old: mongo.FindCursor<Old>, count: number): Promise<Old[]> {
  const rows: Old[] = [];
  while (rows.length < count) {
    const row = await old.next();
    if (!row) break;
    rows.push(row);
  }
  return rows;
}

function totalsOf(records: readonly Pick<JobRecord, 'name' | 'state' | 'endedAt'>[]): ChunkTotal[] {
  const totals = new Map<string, ChunkTotal>();
  for (const { name, state, endedAt } of records) {
    const day = endedAt?.toISOString().slice(0, 10) ?? '';
    const none = { name, day, completed: 0, failed: 0, discarded: 0, cancelled: 0 };
    const total = totals.get(totalId(none)) ?? none;
    total[state as TerminalState]++;
    totals.set(totalId(none), total);
  }
  return [...totals.values()];
}
