import { hostname } from 'node:os';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { mongo } from 'mongoose';
import type { Collections, WorkerRow } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { GroupCommit } from '../record/group-commit.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';

/** Rows of workers that have not been heard of for so long are deleted. */
const FORGET_AFTER_MS = 3_600_000;

type Self = Pick<WorkerRow, 'queues' | 'slots' | 'running' | 'version' | 'state'>;
export type Wishes = Pick<WorkerRow, 'wish' | 'wishedSlots'>;

/** This process's row among the workers, by its per-boot id: never by host name, which a successor may share. */
export class Presence {
  readonly #collections: Collections;
  readonly #owner: string;
  readonly #clock: DatabaseClock;
  readonly #commit: GroupCommit;
  readonly #intervalMs: number;
  readonly #describe: () => Self;
  readonly #heed: (wishes: Wishes) => void;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: {
    collections: Collections;
    owner: string;
    clock: DatabaseClock;
    commit: GroupCommit;
    intervalMs: number;
    describe(): Self;
    /** Called with what people want of this worker, again and again. */
    heed(wishes: Wishes): void;
    log: Log;
  }) {
    this.#collections = parts.collections;
    this.#owner = parts.owner;
    this.#clock = parts.clock;
    this.#commit = parts.commit;
    this.#intervalMs = parts.intervalMs;
    this.#describe = parts.describe;
    this.#heed = parts.heed;
    this.#log = parts.log;
  }

  /** Does not wait for the database. */
  start(): void {
    this.#timer ??= setInterval(() => void this.#beat(), this.#intervalMs);
    void this.#beat();
  }

  /** Says at once what has changed about this worker, and hears what is wanted of it. */
  tell(): void {
    if (this.#timer) void this.#beat();
  }

  /** Leaves: a worker that says goodbye is not taken for a dead one. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#collections.workers.deleteOne({ _id: this.#owner }).catch(() => undefined);
  }

  async #beat(): Promise<void> {
    try {
      const session = this.#commit.sessionId;
      const row = await context.with(ROOT_CONTEXT, () =>
        this.#collections.workers.findOneAndUpdate(
          { _id: this.#owner },
          {
            $set: { ...this.#describe(), host: hostname(), pid: process.pid, ...(session && { session }) },
            $setOnInsert: { startedAt: new Date() },
            $currentDate: { heartbeatAt: true },
          },
          { upsert: true, returnDocument: 'after', projection: { wish: 1, wishedSlots: 1 } },
        ),
      );
      this.#clock.answered();
      this.#commit.allowTransactions();
      if (row && this.#timer) this.#heed(row);
    } catch (error) {
      this.#clock.failed();
      this.#log.debug({ reason: asError(error).message }, 'presence not written');
    }
  }
}

/**
 * Of these owners, those that were heard of within half a lease. A whole lease would be too long: a process that dies between its last word
 * and the next renewal of its leases would seem alive when they expire, and its death would not count.
 */
export async function presentOwners(
  { workers }: Collections,
  owners: readonly string[],
  now: Date,
  leaseMs: number,
): Promise<Set<string>> {
  const since = new Date(now.getTime() - leaseMs / 2);
  const rows = await workers
    .find({ _id: { $in: [...owners] }, heartbeatAt: { $gte: since } }, { projection: { _id: 1 } })
    .toArray();
  return new Set(rows.map(({ _id }) => _id));
}

/** Deletes the rows of workers that have died without a goodbye long ago. */
export async function forgetWorkers({ workers }: Collections, now: Date): Promise<void> {
  await workers.deleteMany({ heartbeatAt: { $lt: new Date(now.getTime() - FORGET_AFTER_MS) } });
}

/**
 * Ends the transactions of workers that have not been heard of for a lease: one that died between bulk and commit keeps
 * its records locked, for all others, as long as the database lets transactions live (a minute by default).
 */
export async function endOrphanedTransactions(
  { workers }: Collections,
  database: mongo.Db,
  now: Date,
  leaseMs: number,
): Promise<void> {
  const silent = await workers
    .find({ heartbeatAt: { $lt: new Date(now.getTime() - leaseMs) }, session: { $exists: true } })
    .toArray();
  if (silent.length === 0) return;
  await database.command({ killSessions: silent.map(({ session }) => session) });
  crashPoint('sweep.sessions-ended');
  await workers.updateMany({ _id: { $in: silent.map(({ _id }) => _id) } }, { $unset: { session: '' } });
}
