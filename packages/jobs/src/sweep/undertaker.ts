import type { Dispatcher } from '../broker/dispatcher.ts';
import { type Envelope, read } from '../broker/envelope.ts';
import type { Delivery } from '../broker/worker-link.ts';
import type { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { JobDefinition } from '../define/define-job.ts';
import type { Collections } from '../record/collections.ts';
import { type JobRecord, RUNNABLE } from '../record/record.ts';
import type { Strangers } from '../run/strangers.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import type { Log } from '../telemetry/log.ts';

/** Empties the broker's dead-letter queue into the database: record first, ack last. */
export class Undertaker {
  readonly #collections: Collections;
  readonly #definitions: ReadonlyMap<string, JobDefinition>;
  readonly #deadLetters: DeadLetters;
  readonly #dispatcher: Dispatcher;
  readonly #strangers: Strangers;
  readonly #log: Log;

  constructor(parts: {
    collections: Collections;
    definitions: ReadonlyMap<string, JobDefinition>;
    deadLetters: DeadLetters;
    dispatcher: Dispatcher;
    strangers: Strangers;
    log: Log;
  }) {
    this.#collections = parts.collections;
    this.#definitions = parts.definitions;
    this.#deadLetters = parts.deadLetters;
    this.#dispatcher = parts.dispatcher;
    this.#strangers = parts.strangers;
    this.#log = parts.log;
  }

  /** Judges a dead message. A failure here leaves it unacknowledged: it comes back with the next channel. */
  async take(delivery: Delivery): Promise<void> {
    const reading = read(delivery.body, delivery.type, this.#definitions);
    if (!reading.ok) {
      if (!(reading.envelope && (await this.#hasRecord(reading.envelope))))
        await this.#bury(delivery, reading.reason, reading.detail);
    } else {
      const record = await this.#collections.jobs.findOne({ _id: reading.envelope.jobId });
      if (!record) await this.#bury(delivery, 'record-missing', `no record of job ${reading.envelope.jobId}`);
      else await this.#revive(record, reading.envelope.n);
    }
    crashPoint('dead.buried');
    delivery.ack();
  }

  /** What a newer release has written is no dead letter: it goes on, or waits for a worker that knows it. */
  async #hasRecord(envelope: Envelope): Promise<boolean> {
    const verdict = await this.#strangers.judge(envelope);
    const record = verdict === 'perform' && (await this.#collections.jobs.findOne({ _id: envelope.jobId }));
    if (record) await this.#revive(record, envelope.n);
    return verdict !== 'record-missing';
  }

  /** The broker has given up on a message (delivery limit); the record decides, and it may say: go on. */
  async #revive(record: JobRecord, n: number): Promise<void> {
    const isWaiting = record.n === n && RUNNABLE.some((state) => state === record.state);
    if (isWaiting) await this.#dispatcher.dispatch(record);
  }

  async #bury(delivery: Delivery, reason: string, detail: string): Promise<void> {
    const { exchange, key, messageId, type, body } = delivery;
    const id = await this.#deadLetters.bury({
      source: 'message',
      reason,
      detail,
      exchange,
      key,
      messageId,
      type: type ?? '',
      body,
    });
    this.#log.error({ deadLetter: id, reason, detail, messageId }, 'message is dead');
  }
}
