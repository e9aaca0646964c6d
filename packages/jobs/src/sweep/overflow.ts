import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Broker } from '../broker/broker.ts';
import { QUARANTINE_CRASHES } from '../broker/dispatcher.ts';
import type { Lane } from '../define/define-job.ts';
import { inBrackets } from '../record/in-brackets.ts';
import type { JobRecord } from '../record/record.ts';
import { asError } from '../runtime/errors.ts';
import { type Ringing, ring } from './ring.ts';

/** Of a lane's limit: with less in it, it is topped up; with more, it is looked at less often. */
const LOW = 1 / 5;
const HIGH = 1 / 2;
/** Jobs at a time; doubled while all goes well. */
const BATCH = { first: 50, largest: 500 };
/** Between two looks, jittered by ± 20 %, so that replicas do not choose the same jobs. */
const LOOK_MS = { near: 250, far: 1_000 };
/** What was sent so long ago has nearly always been taken or refused. */
const SETTLED_MS = 1_000;

type Parts = Ringing & {
  broker: Pick<Broker, 'depthOf' | 'publisher'>;
  /** Of a lane, in messages. */
  maxQueueLength: number;
};

/** A lane that had no room. */
type FullLane = {
  readonly queue: string;
  readonly lane: Lane;
  /** When the oldest and the newest job that it refused were due. */
  since: Date;
  until: Date;
  /** When it last refused one, on this process's own clock. */
  refusedAt: number;
  batch: number;
};

/** What a look at a lane has led to: it is far from having room, or may soon have it; nobody waits; most that were chosen were rung for, or only a few. */
type Look = 'full' | 'not-yet' | 'nobody' | 'most' | 'few';

/**
 * Jobs for whose message a lane had no room wait in their records, and not until they are overdue: as the lane empties they are
 * rung for, the oldest first. Known of by the process that was refused; what it leaves behind when it ends, a sweep finds overdue.
 */
export class Overflow {
  readonly #parts: Parts;
  readonly #fullLanes = new Map<string, FullLane>();
  readonly #fillings = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(parts: Parts) {
    this.#parts = parts;
    setMaxListeners(0, this.#stopping.signal);
  }

  /** Hears that the broker had no room for the message of a job. @param until when the newest that it may have had no room for was due. */
  refused({ queue, lane, nextRunAt }: Pick<JobRecord, 'queue' | 'lane' | 'nextRunAt'>, until: Date = nextRunAt): void {
    const key = `${queue} ${lane}`;
    const full = this.#fullLanes.get(key);
    const refusedAt = performance.now();
    if (full) {
      full.refusedAt = refusedAt;
      if (nextRunAt < full.since) full.since = nextRunAt;
      if (until > full.until) full.until = until;
    } else if (!this.#stopping.signal.aborted) {
      this.#begin(key, { queue, lane, since: nextRunAt, until, refusedAt, batch: BATCH.first });
    }
  }

  /** Many jobs are overdue although their lanes are empty: whoever was refused is not there any more. @param stuck the oldest of them. */
  suspect(stuck: readonly JobRecord[], now: Date): void {
    for (const record of stuck) this.refused(record, now);
  }

  /** Resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#fillings);
  }

  #begin(key: string, full: FullLane): void {
    this.#fullLanes.set(key, full);
    const filling = context
      .with(ROOT_CONTEXT, () => this.#fill(key, full))
      .finally(() => this.#fillings.delete(filling));
    this.#fillings.add(filling);
  }

  /** Until nothing is left that was refused. */
  async #fill(key: string, full: FullLane): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const look = await this.#look(full);
      full.batch = look === 'most' ? Math.min(full.batch * 2, BATCH.largest) : BATCH.first;
      if (look === 'most') continue;
      if (look === 'nobody' && performance.now() - full.refusedAt > SETTLED_MS * 2) break;
      const lookMs = (look === 'full' ? LOOK_MS.far : LOOK_MS.near) * (0.8 + Math.random() * 0.4);
      await delay(lookMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
    this.#fullLanes.delete(key);
  }

  /** Never throws. */
  async #look(full: FullLane): Promise<Look> {
    const { queue, lane } = full;
    const { broker, maxQueueLength, settings, log } = this.#parts;
    if (settings.of(queue).paused || !broker.publisher.isOpen) return 'not-yet';
    try {
      const ready = (await broker.depthOf(queue))?.byLane[lane];
      if (ready === undefined || this.#stopping.signal.aborted) return 'not-yet';
      if (ready > maxQueueLength * LOW) return ready > maxQueueLength * HIGH ? 'full' : 'not-yet';
      return await this.#topUp(full);
    } catch (error) {
      log.warn({ queue, lane, reason: asError(error).message }, 'lane not topped up, tried again');
      return 'not-yet';
    }
  }

  async #topUp(full: FullLane): Promise<Look> {
    const { settings, clock } = this.#parts;
    const now = clock.now();
    const waiting = (await this.#oldest(full, now)).filter((record) => !settings.holdsBack(record));
    if (waiting.length === 0) return 'nobody';
    if (this.#stopping.signal.aborted) return 'not-yet';
    const rung = await Promise.all(waiting.map((record) => ring(this.#parts, record, now)));
    return rung.filter((one) => one === 'taken').length * 2 > rung.length ? 'most' : 'few';
  }

  /** Those for whom nobody has rung again since. */
  #oldest({ queue, lane, since, until, batch }: FullLane, now: Date): Promise<JobRecord[]> {
    const { collections, settings } = this.#parts;
    const refused = {
      lane,
      dispatches: 1,
      dispatchedAt: { $lte: new Date(now.getTime() - SETTLED_MS) },
      waitingFor: { $exists: false },
      crashes: { $lt: QUARANTINE_CRASHES },
      ...settings.claimable(queue),
    };
    return collections.jobs
      .find({ state: 'available', queue, nextRunAt: { $gte: since, $lte: until }, $and: inBrackets(refused) })
      .sort({ nextRunAt: 1 })
      .limit(batch)
      .toArray();
  }
}
