import type { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { JobDefinition } from '../define/define-job.ts';
import type { Enqueuer } from '../enqueue/enqueuer.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError, JobsError } from '../runtime/errors.ts';
import type { Timing } from '../runtime/timing.ts';
import { Sweeper } from '../sweep/sweeper.ts';
import type { Log } from '../telemetry/log.ts';
import { decide, MAX_CAUGHT_UP } from './decide.ts';
import { declare, keepDeclared } from './declare.ts';
import type { ScheduleDefinition } from './define-schedule.ts';
import { type ScheduleRow, scheduleTag, tickJobId } from './schedule-row.ts';

/** Ticks within this many sweeps get a timer, so that they are met to the millisecond and not to the sweep. */
const LOOKAHEAD_SWEEPS = 1.5;
/** Timers are a tick early. */
const EARLY_MS = 20;

export type TickerParts = {
  collections: Collections;
  clock: DatabaseClock;
  enqueuer: Enqueuer;
  deadLetters: DeadLetters;
  definitions: ReadonlyMap<string, JobDefinition>;
  /** What this service's code declares. */
  schedules: readonly ScheduleDefinition[];
  timeZone: string;
  timing: Pick<Timing, 'sweepMs' | 'relayAfterMs' | 'leaseMs'>;
  log: Log;
};

/**
 * Commands jobs by the clock, in every replica and without a leader. A due tick is first decided upon by one
 * compare-and-set, which moves `nextAt` on and writes down what is to be fired; then it is enqueued under the id of
 * the tick; then it is struck out. Whoever dies in between leaves a pending tick that the others enqueue under the same id.
 */
export class Ticker {
  readonly #parts: TickerParts;
  readonly #sweeper: Sweeper;
  readonly #armed = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  #isDeclared = false;

  constructor(parts: TickerParts) {
    this.#parts = parts;
    // Of its own: ticks must not wait for the chores of others.
    this.#sweeper = new Sweeper({
      chores: [{ name: 'schedules', run: () => this.#look() }],
      intervalMs: parts.timing.sweepMs,
      log: parts.log,
    });
  }

  start(): void {
    this.#sweeper.start();
  }

  async stop(): Promise<void> {
    await this.#sweeper.stop();
    await Promise.allSettled(this.#underWay);
  }

  async #look(): Promise<void> {
    const { collections, clock, schedules, timing } = this.#parts;
    if (!this.#isDeclared) {
      await clock.sync();
      await Promise.all(schedules.map((definition) => declare(this.#parts, definition, clock.now())));
      this.#isDeclared = true;
    }
    const read = () => collections.schedules.find({}).toArray();
    const found = await read();
    const hasChanged = await keepDeclared(this.#parts, schedules, found, clock.now(), timing.leaseMs);
    const rows = hasChanged ? await read() : found;
    await Promise.all(rows.map((row) => this.#follow(row)));
  }

  /** Does what is to be done for a schedule now, and sets a timer for what comes soon. */
  async #follow(found: ScheduleRow): Promise<void> {
    if (this.#isStale(found)) await this.#enqueue(found);
    let row: ScheduleRow | null = found;
    while (row && this.#isFired(row) && this.#isDue(row)) row = await this.#fire(row);
    if (row && this.#isFired(row)) this.#arm(row);
  }

  #isFired({ job, orphaned, paused }: ScheduleRow): boolean {
    return !orphaned && !paused && this.#parts.definitions.has(job);
  }

  #isDue({ nextAt }: ScheduleRow): boolean {
    return nextAt.getTime() - EARLY_MS <= this.#parts.clock.now().getTime();
  }

  /** Whoever has decided upon the pending ticks is enqueueing them now, unless it has died. */
  #isStale({ job, pending, updatedAt }: ScheduleRow): boolean {
    if (pending.length === 0 || !this.#parts.definitions.has(job)) return false;
    return this.#parts.clock.now().getTime() - updatedAt.getTime() > this.#parts.timing.relayAfterMs;
  }

  #arm(row: ScheduleRow): void {
    const { clock, timing } = this.#parts;
    const waitMs = row.nextAt.getTime() - clock.now().getTime();
    const key = `${row._id}@${row.nextAt.getTime()}@${row.revision}`;
    if (waitMs > timing.sweepMs * LOOKAHEAD_SWEEPS || this.#armed.has(key)) return;
    this.#armed.add(key);
    this.#sweeper.later(() => {
      this.#armed.delete(key);
      const following: Promise<void> = this.#follow(row)
        .catch((error: unknown) =>
          this.#parts.log.warn(
            { schedule: row._id, reason: asError(error).message },
            'tick not fired, the next sweep tries again',
          ),
        )
        .finally(() => this.#underWay.delete(following));
      this.#underWay.add(following);
    }, waitMs);
  }

  /** @returns the row as it stands after the tick, whoever has fired it. */
  async #fire(row: ScheduleRow): Promise<ScheduleRow | null> {
    const { collections, clock, log } = this.#parts;
    const now = new Date(Math.max(clock.now().getTime(), row.nextAt.getTime()));
    const { fire, missed, isCut, nextAt } = decide(row, now);
    const decided = await collections.schedules.findOneAndUpdate(
      { _id: row._id, revision: row.revision, nextAt: row.nextAt, paused: false, orphaned: false },
      {
        $set: { nextAt, lastAt: fire.at(-1) ?? row.lastAt, updatedAt: now },
        $push: { pending: { $each: fire } },
        $inc: { misfires: missed },
      },
      { returnDocument: 'after' },
    );
    crashPoint('tick.decided');
    if (!decided) return collections.schedules.findOne({ _id: row._id });
    const fields = { schedule: row._id, misfire: row.misfire, missed, fired: fire.length, since: row.nextAt };
    if (isCut) log.error(fields, `ticks dropped: of an outage only the last ${MAX_CAUGHT_UP} are looked at`);
    else if (missed > 0) log.warn(fields, 'ticks were missed');
    await this.#enqueue(decided);
    return collections.schedules.findOne({ _id: row._id });
  }

  async #enqueue(row: ScheduleRow): Promise<void> {
    if (row.pending.length === 0) return;
    const ids = await Promise.all(row.pending.map((tick) => this.#enqueueTick(row, tick)));
    crashPoint('tick.enqueued');
    const lastJobId = ids.findLast((id) => id !== undefined);
    await this.#parts.collections.schedules.updateOne(
      { _id: row._id },
      { $pullAll: { pending: row.pending }, ...(lastJobId && { $set: { lastJobId } }) },
    );
  }

  /** @returns the id of the job that stands for the tick; undefined when nothing is to be done, or it was refused for good, which is said aloud. */
  async #enqueueTick(row: ScheduleRow, tick: Date): Promise<string | undefined> {
    const { definitions, enqueuer, log } = this.#parts;
    const definition = definitions.get(row.job);
    const id = tickJobId(row._id, tick);
    if (!definition) throw new Error(`schedule ${row._id}: job ${row.job} is not performed here`);
    if (!(await this.#isWanted(row))) return undefined;
    try {
      const { record } = await enqueuer.enqueue(definition, row.payload, {
        id,
        tags: [scheduleTag(row._id)],
        meta: { schedule: row._id, tick: tick.toISOString() },
        ...(row.lane && { lane: row.lane }),
      });
      return record._id;
    } catch (error) {
      if (!(error instanceof JobsError)) throw error;
      if (error.code !== 'unique-conflict') return this.#bury(row, id, error);
      // Nobody holds it by a record yet: in a moment it is clear who does.
      if (!error.details['heldBy']) throw error;
      log.warn({ schedule: row._id, jobId: id, ...error.details }, 'tick left out, another job holds its unique key');
      return undefined;
    }
  }

  /** In doubt it is: a job that finds nothing to do does no harm. */
  async #isWanted({ _id }: ScheduleRow): Promise<boolean> {
    const isWanted = this.#parts.schedules.find(({ name }) => name === _id)?.isWanted;
    try {
      return (await isWanted?.()) ?? true;
    } catch (error) {
      this.#parts.log.warn({ schedule: _id, err: error }, 'whether a tick is wanted cannot be told, it is fired');
      return true;
    }
  }

  /** Tried for ever, a tick that is never accepted would hold up those behind it. */
  async #bury(row: ScheduleRow, id: string, error: JobsError): Promise<undefined> {
    this.#parts.log.error({ schedule: row._id, jobId: id, err: error }, 'tick refused, it is a dead letter now');
    await this.#parts.deadLetters.bury({
      source: 'message',
      reason: error.code,
      detail: error.message,
      exchange: '',
      key: `schedule:${row._id}`,
      messageId: id,
      type: row.job,
      body: Buffer.from(JSON.stringify({ jobId: id, n: 1, payload: row.payload })),
    });
  }
}
