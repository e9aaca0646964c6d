import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { Log } from '../telemetry/log.ts';
import { BrokerLink } from './broker-link.ts';
import { within } from './within.ts';

const QUIET_TIMEOUT_MS = 2_000;
/** A quorum queue without a leader leaves its consumer without an answer, for as long as it has none. */
const CONSUME_TIMEOUT_MS = 5_000;

/** A message in hand. Acknowledging after its channel is gone does nothing: the broker has taken it back. */
export type Delivery = {
  readonly queue: string;
  readonly weight: number;
  readonly body: Buffer;
  readonly messageId: string;
  readonly type: string | undefined;
  readonly exchange: string;
  readonly key: string;
  readonly deathReason: string | undefined;
  /** Whether its channel is gone: nobody waits for an answer any more. */
  readonly isLost: boolean;
  ack(): void;
  /** Dead-letters the message. */
  reject(): void;
  /** Returns the message to its queue, for somebody else to take. */
  giveBack(): void;
};

export type Consumption = {
  readonly queue: string;
  readonly prefetch: number;
  readonly weight: number;
  onDelivery(delivery: Delivery): void;
};

/** Consumes queues on one channel, for ever; every loss (network, channel, `null` message) ends in consuming again. */
export class WorkerLink {
  readonly #link: BrokerLink<Channel>;
  readonly #consumptions: readonly Consumption[];
  readonly #log: Log;
  #tags: string[] = [];
  #isPaused = false;

  constructor(options: {
    url: string;
    name: string;
    log: Log;
    consumptions: readonly Consumption[];
    setUp(channel: Channel, connection: ChannelModel): Promise<void>;
    onDown(): void;
  }) {
    this.#consumptions = options.consumptions;
    this.#log = options.log;
    this.#link = new BrokerLink({
      url: options.url,
      name: options.name,
      log: options.log,
      open: (connection) => connection.createChannel(),
      setUp: async (channel, connection) => {
        await options.setUp(channel, connection);
        if (!this.#isPaused) await this.#consumeAll(channel);
      },
      onDown: options.onDown,
    });
  }

  get isOpen(): boolean {
    return this.#link.channel !== undefined;
  }

  get lastError(): string {
    return this.#link.lastError;
  }

  get channel(): Channel | undefined {
    return this.#link.channel;
  }

  start(): void {
    this.#link.start();
  }

  /** Takes no more messages, but keeps the channel so that those in hand can be acknowledged. A broker that does not answer is not waited for. */
  async quiet(): Promise<void> {
    this.#isPaused = true;
    const channel = this.#link.channel;
    if (!channel) return;
    const cancelled = Promise.all(this.#tags.map((tag) => channel.cancel(tag)));
    await within(QUIET_TIMEOUT_MS, cancelled, 'cancelling consumers').catch(() => undefined);
  }

  stop(): Promise<void> {
    return this.#link.stop();
  }

  async #consumeAll(channel: Channel): Promise<void> {
    const life = { isOver: false };
    channel.once('close', () => {
      life.isOver = true;
    });
    this.#tags = [];
    for (const consumption of this.#consumptions) {
      await channel.prefetch(consumption.prefetch, false);
      const consuming = channel.consume(consumption.queue, (message) =>
        this.#take(channel, life, consumption, message),
      );
      const { consumerTag } = await within(CONSUME_TIMEOUT_MS, consuming, `consuming ${consumption.queue}`);
      this.#tags.push(consumerTag);
    }
  }

  #take(
    channel: Channel,
    life: { readonly isOver: boolean },
    consumption: Consumption,
    message: ConsumeMessage | null,
  ): void {
    if (!message) {
      // The server has cancelled this consumer (queue deleted, leader lost); the others on the channel would go on,
      // so only a fresh set-up brings this one back.
      this.#log.warn({ queue: consumption.queue }, 'consumer cancelled by the broker');
      // It may come while the channel is still being set up, when the link does not know it yet.
      void channel.close().catch(() => undefined);
      return;
    }
    consumption.onDelivery(deliveryOf(channel, life, consumption, message));
  }
}

function deliveryOf(
  channel: Channel,
  life: { readonly isOver: boolean },
  { queue, weight }: Consumption,
  message: ConsumeMessage,
): Delivery {
  const deaths = message.properties.headers?.['x-death'];
  const answer = (send: () => void) => {
    try {
      send();
    } catch {
      // The channel is closed: the broker delivers the message again, and its dispatch number tells it is a duplicate.
    }
  };
  return {
    queue,
    weight,
    body: message.content,
    messageId: String(message.properties.messageId ?? ''),
    type: typeof message.properties.type === 'string' ? message.properties.type : undefined,
    exchange: message.fields.exchange,
    key: message.fields.routingKey,
    deathReason: deaths?.[0]?.reason,
    get isLost() {
      return life.isOver;
    },
    ack: () => answer(() => channel.ack(message)),
    reject: () => answer(() => channel.nack(message, false, false)),
    giveBack: () => answer(() => channel.nack(message, false, true)),
  };
}
