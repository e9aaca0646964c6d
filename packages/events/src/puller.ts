import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { Delivery } from './delivery.ts';
import type { Log } from './log.ts';
import { Slots } from './slots.ts';

type PullerOptions = {
  readonly durable: string;
  readonly concurrency: number;
  readonly pullMs: number;
  readonly pauseMs: number;
  readonly log: Log;
  /** The durable, restored if need be. Rejects while it cannot be had. */
  consumer(): Promise<Consumer>;
  /** False holds the pulling: what could not be handled anyway is better not delivered. */
  mayPull(): boolean;
  /** A pull has failed; perhaps the durable is gone. */
  onFailure(): void;
  process(delivery: Delivery): Promise<unknown>;
};

/** Pulls one durable: only as many messages as there are free slots, so that none waits here while its ack time runs. */
export class Puller {
  readonly #options: PullerOptions;
  readonly #slots: Slots;
  readonly #stopping = new AbortController();
  #messages: ConsumerMessages | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: PullerOptions) {
    this.#options = options;
    this.#slots = new Slots(options.concurrency);
  }

  start(): void {
    this.#loop = this.#pullForever();
  }

  /** Takes nothing new; resolves when no handler is at work. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#messages?.stop();
    await this.#loop;
    await this.#slots.whenIdle();
  }

  async #pullForever(): Promise<void> {
    const { durable, log, mayPull, onFailure } = this.#options;
    while (!this.#isStopping) {
      await this.#slots.whenFree();
      if (!mayPull()) {
        await this.#pause();
        continue;
      }
      try {
        await this.#pullOnce();
      } catch (error) {
        log.debug({ durable, err: error }, 'pull failed');
        onFailure();
        await this.#pause();
      }
    }
  }

  async #pullOnce(): Promise<void> {
    const { consumer, pullMs, process } = this.#options;
    const source = await consumer();
    if (this.#isStopping) return;
    // `bind`: after a reconnect the pull is repeated without asking first; a missing durable then ends it by an error.
    const messages = await source.fetch({ max_messages: this.#slots.free, expires: pullMs, bind: true });
    this.#messages = messages;
    if (this.#isStopping) messages.stop();
    for await (const message of messages) {
      if (this.#isStopping) message.nak();
      else void this.#slots.run(() => process(deliveryOf(message)));
    }
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #pause(): Promise<void> {
    await pause(this.#options.pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}

function deliveryOf(message: JsMsg): Delivery {
  const headers: Record<string, string> = {};
  for (const name of message.headers?.keys() ?? []) headers[name] = message.headers?.get(name) ?? '';
  return {
    subject: message.subject,
    body: message.data,
    headers,
    deliveries: message.info.deliveryCount,
    ack: () => message.ack(),
    retry: (delayMs) => message.nak(delayMs),
    drop: (why) => message.term(why),
    keepAlive: () => message.working(),
  };
}
