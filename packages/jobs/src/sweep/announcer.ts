import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Collections } from '../record/collections.ts';
import { isTerminal, type JobRecord, type StoredCommand, type StoredEvent } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { inTraceOf } from '../telemetry/trace.ts';

/** Hands facts to the event bus; resolves when the bus has stored them all, or keeps as dead letters those that it never takes. */
export type Announce = (events: StoredEvent[]) => Promise<void>;

/** Tells and commands what follows an end, from what the end has stored. Repeating it repeats the same ids. */
export class Announcer {
  readonly #collections: Collections;
  readonly #announce: Announce;
  readonly #enqueue: (command: StoredCommand, ended: JobRecord) => Promise<unknown>;
  readonly #tellBatch: (member: JobRecord) => Promise<void>;
  readonly #left: (ended: JobRecord) => void;
  readonly #log: Log;
  readonly #underWay = new Set<Promise<boolean>>();

  constructor(parts: {
    collections: Collections;
    announce: Announce;
    enqueue(command: StoredCommand, ended: JobRecord): Promise<unknown>;
    /** Counts the end of a member of a batch. */
    tellBatch(member: JobRecord): Promise<void>;
    /** Gives up what the job held of its limits. */
    left(ended: JobRecord): void;
    log: Log;
  }) {
    this.#collections = parts.collections;
    this.#announce = parts.announce;
    this.#enqueue = parts.enqueue;
    this.#tellBatch = parts.tellBatch;
    this.#left = parts.left;
    this.#log = parts.log;
  }

  /** @returns whether everything is told; what is not, stays pending in the record for a relay. Never throws. */
  tell(record: JobRecord): Promise<boolean> {
    if (isTerminal(record.state)) this.#left(record);
    if (record.events.length + record.jobs.length === 0 && !record.batch) return Promise.resolve(true);
    const telling = this.#tell(record).finally(() => this.#underWay.delete(telling));
    this.#underWay.add(telling);
    return telling;
  }

  /** Waits for what is being told now. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #tell(record: JobRecord): Promise<boolean> {
    try {
      if (record.batch) await this.#tellBatch(record);
      await inTraceOf(record, async () => {
        for (const command of record.jobs) {
          await this.#enqueue(command, record);
          crashPoint('tell.follow-up-enqueued');
        }
        crashPoint('tell.unannounced');
        if (record.events.length > 0) await this.#announce(record.events);
        crashPoint('tell.announced');
      });
      await context.with(ROOT_CONTEXT, () =>
        this.#collections.jobs.updateOne(
          { _id: record._id, ends: record.ends },
          { $set: { 'announce.pending': false } },
        ),
      );
      crashPoint('tell.cleared');
      return true;
    } catch (error) {
      this.#log.warn({ jobId: record._id, reason: asError(error).message }, 'announcement is pending');
      return false;
    }
  }
}
