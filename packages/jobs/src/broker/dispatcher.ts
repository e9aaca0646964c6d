import type { DatabaseClock } from '../record/database-clock.ts';
import type { JobRecord, JobState } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError, NotPublished } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { LADDER_MAX_MS, ladderRoute } from './delay-ladder.ts';
import { encode } from './envelope.ts';
import type { Publisher } from './publisher.ts';
import type { BrokerLane, Names } from './topology.ts';

/** What is due within this runs now: clocks are read once per sweep, timers are a tick early, and the ladder's unit is 250 ms. */
export const EARLY_MS = 50;

/** From so many crashes on, a job runs where its neighbours cannot be blamed for it. */
export const QUARANTINE_CRASHES = 2;

/** Rings the doorbell: publishes a message that names a record and its dispatch number. */
export class Dispatcher {
  readonly #publisher: Publisher;
  readonly #names: Names;
  readonly #clock: DatabaseClock;
  readonly #holdsBack: (record: JobRecord) => boolean;
  readonly #onLater: (record: JobRecord) => void;
  readonly #onRefused: (record: JobRecord) => void;
  readonly #log: Log;

  constructor(parts: {
    publisher: Publisher;
    names: Names;
    clock: DatabaseClock;
    /** A job that is to wait in its record, although it is due. */
    holdsBack(record: JobRecord): boolean;
    /** Hears of a job that has no message before it is due. */
    onLater(record: JobRecord): void;
    /** Hears of a job for whose message its lane had no room. */
    onRefused(record: JobRecord): void;
    log: Log;
  }) {
    this.#publisher = parts.publisher;
    this.#names = parts.names;
    this.#clock = parts.clock;
    this.#holdsBack = parts.holdsBack;
    this.#onLater = parts.onLater;
    this.#onRefused = parts.onRefused;
    this.#log = parts.log;
  }

  /**
   * Sends the message of the record's present dispatch number, at once or through the delay ladder.
   * @param lane where it is put when it is sent at once. Default: the record's.
   * @returns whether the broker has taken it. False is no loss: the record waits and the sweeper repeats. Never throws.
   */
  async dispatch(record: JobRecord, lane: BrokerLane = record.lane): Promise<boolean> {
    return (await this.send(record, lane)) === 'taken';
  }

  /** As {@link dispatch}. @returns what became of the message: `kept` when it is not to be sent now; else why it may not have been taken. */
  async send(record: JobRecord, lane: BrokerLane = record.lane): Promise<'taken' | 'kept' | NotPublished['reason']> {
    const delayMs = record.nextRunAt.getTime() - this.#clock.now().getTime();
    if (record.dueAt) this.#onLater(record);
    if (record.state === 'scheduled' || delayMs > LADDER_MAX_MS || this.#holdsBack(record)) return 'kept';
    const { body, messageId, type } = encode(record);
    crashPoint('dispatch.unpublished');
    try {
      await this.#publisher.publish({
        ...this.#route(record, delayMs, lane),
        body,
        messageId,
        type,
        headers: { ...record.trace },
      });
      crashPoint('dispatch.published');
      return 'taken';
    } catch (error) {
      return this.#notPublished(record, error);
    }
  }

  #notPublished(record: JobRecord, error: unknown): NotPublished['reason'] {
    this.#log.warn({ jobId: record._id, n: record.n, reason: asError(error).message }, 'job waits in its record');
    const reason = error instanceof NotPublished ? error.reason : 'unconfirmed';
    // The queue is gone while the connection is up: only a fresh set-up declares it again.
    if (reason === 'unroutable') void this.#publisher.link.reset('a command was unroutable');
    if (reason === 'refused') this.#onRefused(record);
    return reason;
  }

  #route(record: JobRecord, delayMs: number, lane: BrokerLane): { exchange: string; key: string } {
    const isSuspect = record.crashes >= QUARANTINE_CRASHES;
    if (delayMs > EARLY_MS) {
      const landing = isSuspect ? this.#names.quarantineAddress : this.#names.address(record.queue, 'retry');
      return ladderRoute(this.#names, landing, delayMs);
    }
    const key = isSuspect ? this.#names.quarantineAddress : this.#names.address(record.queue, lane);
    return { exchange: this.#names.commands, key };
  }
}

/** When the sweeper looks at a waiting record: when its message is overdue, or, having none yet, when it is due. */
export type Wake = { readonly wakeAt: Date } | { readonly dueAt: Date };

export function wakeOf(state: JobState, nextRunAt: Date, now: Date, redispatchMs: number): Wake {
  const hasMessage = state !== 'scheduled' && nextRunAt.getTime() - now.getTime() <= LADDER_MAX_MS;
  return hasMessage
    ? { wakeAt: new Date(Math.max(nextRunAt.getTime(), now.getTime()) + redispatchMs) }
    : { dueAt: nextRunAt };
}
