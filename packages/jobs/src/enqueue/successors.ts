import type { ClientSession } from 'mongoose';
import { type Dispatcher, wakeOf } from '../broker/dispatcher.ts';
import type { JobDefinition } from '../define/define-job.ts';
import type { Collections, KeyRow } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { isTerminal, type JobRecord } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { UniqueKeys } from './unique-keys.ts';

/** No job's name has a bar in it, so that no key begins like this. */
const NEXT = 'next|';
const AFTER_NEXT = 'next}';
const BATCH = 200;
/** A sweep looks at so many batches of places; the next one goes on behind them. */
const MAX_BATCHES = 10;
const MAX_RACES = 10;
/** An enqueuer that died between the place and the record keeps the place for so long. */
const WITHOUT_RECORD_MS = 10_000;

export type SuccessorsParts = {
  collections: Collections;
  definitions: ReadonlyMap<string, JobDefinition>;
  clock: DatabaseClock;
  keys: UniqueKeys;
  dispatcher: Dispatcher;
  redispatchMs: number;
  log: Log;
};

export const nextKeyOf = (key: string): string => `${NEXT}${key}`;

/** What a job shows as `waitingFor` until the holder of its key has ended. */
export const waitsForKey = (key: string): string => `unique:${key}`;

export const isSuccessor = ({ key, waitingFor }: Pick<JobRecord, 'key' | 'waitingFor'>): boolean =>
  key !== undefined && waitingFor === waitsForKey(key);

/**
 * Jobs that wait for the holder of their unique key to end, one to a key. Its place is a lock row like that of the key.
 * Whoever ends the holder lets the successor run; a sweep does where somebody died in between.
 */
export class Successors {
  readonly #parts: SuccessorsParts;
  /** The jobs that may have one. */
  readonly #names: ReadonlySet<string>;
  readonly #underWay = new Set<Promise<void>>();
  /** The place that was looked at last. */
  #sweptTo = NEXT;

  constructor(parts: SuccessorsParts) {
    this.#parts = parts;
    const kept = [...parts.definitions.values()].filter(
      ({ unique }) => unique?.onConflict === 'keep-latest-after-current',
    );
    this.#names = new Set(kept.map(({ contract }) => contract.name));
  }

  /** A job has ended: its successor may run. Does not wait, and costs nothing where jobs have none. */
  left({ name, key }: Pick<JobRecord, 'name' | 'key'>): void {
    if (!key || !this.#names.has(name)) return;
    const promoting = this.promote(key).finally(() => this.#underWay.delete(promoting));
    this.#underWay.add(promoting);
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Lets the successor of a key run if its holder has ended. Never throws: the sweep tries again. */
  async promote(key: string): Promise<void> {
    try {
      for (let tries = 0; tries < MAX_RACES; tries++) if (await this.#promoteOnce(key)) return;
    } catch (error) {
      this.#parts.log.warn({ key, reason: asError(error).message }, 'successor waits, the next sweep tries again');
    }
  }

  /** Lets those run whose holders have ended. Three reads for each two hundred that wait. */
  async sweep(): Promise<void> {
    if (this.#names.size === 0) return;
    for (let batch = 0; batch < MAX_BATCHES; batch++) {
      const places = await this.#parts.collections.keys
        .find({ _id: { $gt: this.#sweptTo, $lt: AFTER_NEXT } })
        .sort({ _id: 1 })
        .limit(BATCH)
        .toArray();
      if (places.length > 0) await this.#promoteWhoMay(places);
      const last = places.length === BATCH ? places.at(-1) : undefined;
      this.#sweptTo = last?._id ?? NEXT;
      if (!last) return;
    }
  }

  async #promoteWhoMay(places: readonly KeyRow[]): Promise<void> {
    const { keys, jobs } = this.#parts.collections;
    const waited = places.map(({ _id }) => _id.slice(NEXT.length));
    const holders = await keys.find({ _id: { $in: waited } }).toArray();
    const live = await jobs
      .find({ _id: { $in: holders.map(({ jobId }) => jobId) } }, { projection: { state: 1 } })
      .toArray();
    const running = new Set(live.filter(({ state }) => !isTerminal(state)).map(({ _id }) => _id));
    const isWaitedFor = new Set(holders.filter(({ jobId }) => running.has(jobId)).map(({ _id }) => _id));
    const own = new Set(places.map(({ jobId }) => jobId));
    const promotable = holders.filter(({ jobId }) => own.has(jobId)).map(({ _id }) => _id);
    const free = waited.filter((key) => !isWaitedFor.has(key));
    await Promise.all([...new Set([...free, ...promotable])].map((key) => this.promote(key)));
  }

  /** Frees the place of a job that waits no more. */
  async leave(key: string, jobId: string, session?: ClientSession): Promise<void> {
    await this.#parts.collections.keys.deleteOne({ _id: nextKeyOf(key), jobId }, session ? { session } : {});
  }

  /** @returns whether nothing is left to be done. */
  async #promoteOnce(key: string): Promise<boolean> {
    const { collections, clock, keys, dispatcher } = this.#parts;
    const place = await collections.keys.findOne({ _id: nextKeyOf(key) });
    if (!place) return true;
    const successor = await collections.jobs.findOne({ _id: place.jobId });
    if (!successor) return this.#clearAbandoned(place);
    if (!isSuccessor(successor) || isTerminal(successor.state)) {
      await this.leave(key, successor._id);
      return true;
    }
    const claim = await keys.take(key, successor._id, Math.max(0, place.until.getTime() - clock.now().getTime()));
    crashPoint('successor.key-taken');
    if (claim.kind === 'held') return true;
    const promoted = await this.#letRun(successor);
    crashPoint('successor.promoted');
    if (!promoted) return false;
    await this.leave(key, successor._id);
    crashPoint('successor.left-its-place');
    await dispatcher.dispatch(promoted);
    return true;
  }

  async #letRun({ _id, n, waitingFor, nextRunAt }: JobRecord): Promise<JobRecord | null> {
    const { collections, clock, redispatchMs } = this.#parts;
    const now = clock.now();
    const state = nextRunAt > now ? 'scheduled' : 'available';
    const wake = wakeOf(state, nextRunAt, now, redispatchMs);
    return collections.jobs.findOneAndUpdate(
      { _id, n, state: 'scheduled', ...(waitingFor && { waitingFor }) },
      {
        $set: { state, ...wake, dispatchedAt: now, dispatches: 1 },
        $unset: { waitingFor: '', ...('dueAt' in wake && { wakeAt: '' }) },
        $inc: { n: 1 },
        $currentDate: { updatedAt: true },
      },
      { returnDocument: 'after' },
    );
  }

  async #clearAbandoned({ _id, jobId, at }: KeyRow): Promise<true> {
    const ageMs = this.#parts.clock.now().getTime() - at.getTime();
    if (ageMs > WITHOUT_RECORD_MS) await this.#parts.collections.keys.deleteOne({ _id, jobId });
    return true;
  }
}
