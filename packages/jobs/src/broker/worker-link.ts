import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { asError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { BrokerLink } from './broker-link.ts';
import type { BrokerLane } from './topology.ts';
import { NoAnswer, within } from './within.ts';

const QUIET_TIMEOUT_MS = 2_000;
/** A quorum queue without a leader leaves its consumer without an answer, for as long as it has none. */
const CONSUME_TIMEOUT_MS = 5_000;
/** Set-ups in a row that got no answer, which takes half a minute: an election is over by then. */
const LEADERLESS_SET_UPS = 4;

/** A lane of one of the service's queues. */
type Source = { readonly queue: string; readonly lane: BrokerLane };

/** A message in hand, answered once. An answer after its channel is gone does nothing: the broker has taken it back. */
export type Delivery = {
  /** By the broker's name. */
  readonly queue: string;
  /** Absent for what comes from no lane: quarantine and dead letters. */
  readonly source: Source | undefined;
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
  readonly source?: Source;
  /** Messages in hand at most; 0: not consumed until {@link WorkerLink.tune} says so. */
  readonly prefetch: number;
  onDelivery(delivery: Delivery): void;
};

type Consumer = { readonly tag: string; readonly prefetch: number; readonly pulse: Pulse };
type LeaderlessHandler = (consumption: Consumption, connection: ChannelModel) => Promise<void>;
/** What a consumer has in hand, and when it last heard anything. */
type Pulse = { inHand: number; heardAt: number };
/** A channel from its set-up to its end. */
type Life = { readonly channel: Channel; readonly consumers: Map<string, Consumer>; isOver: boolean };

/** Consumes queues on one channel, for ever; every loss (network, channel, `null` message) ends in consuming again. */
export class WorkerLink {
  readonly #link: BrokerLink<Channel>;
  readonly #consumptions: readonly Consumption[];
  readonly #wanted: Map<string, number>;
  readonly #log: Log;
  #life: Life | undefined;
  /** One after the other: a prefetch is meant for the consumer that comes next on the channel. */
  #adjusting: Promise<void> = Promise.resolve();
  #isPaused = false;
  readonly #onLeaderless: LeaderlessHandler;
  #unansweredSetUps = 0;

  constructor(options: {
    url: string;
    name: string;
    log: Log;
    consumptions: readonly Consumption[];
    setUp(channel: Channel, connection: ChannelModel): Promise<void>;
    /** A queue has left its consumer without an answer for about half a minute: it will not find a leader by itself. */
    onLeaderless: LeaderlessHandler;
    onDown(): void;
  }) {
    this.#onLeaderless = options.onLeaderless;
    this.#consumptions = options.consumptions;
    this.#wanted = new Map(options.consumptions.map(({ queue, prefetch }) => [queue, prefetch]));
    this.#log = options.log;
    this.#link = new BrokerLink({
      url: options.url,
      name: options.name,
      log: options.log,
      open: (connection) => connection.createChannel(),
      setUp: async (channel, connection) => {
        await options.setUp(channel, connection);
        await this.#consumeAll(channel, connection);
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

  /**
   * Consumes a queue with at most `prefetch` messages in hand, or with 0 no longer. Resolves when nothing comes by the
   * old measure any more; what is in hand stays there. Never throws: what fails is done by the next set-up.
   */
  async tune(queue: string, prefetch: number): Promise<void> {
    const consumption = this.#consumptions.find((one) => one.queue === queue);
    if (!consumption || this.#wanted.get(queue) === prefetch) return this.#adjusting;
    this.#wanted.set(queue, prefetch);
    await this.#serially(async () => {
      const life = this.#life;
      if (!life) return;
      await this.#adjust(life, consumption).catch((error: unknown) => {
        this.#log.warn(
          { queue, prefetch, reason: asError(error).message },
          'consumer not adjusted, its channel is set up anew',
        );
        void life.channel.close().catch(() => undefined);
      });
    });
  }

  /** For how long a consumer has heard nothing although it has room; undefined where nothing has to be heard. */
  silentForMs(queue: string): number | undefined {
    const consumer = this.#life?.isOver === false ? this.#life.consumers.get(queue) : undefined;
    if (!consumer || consumer.pulse.inHand >= consumer.prefetch) return undefined;
    return performance.now() - consumer.pulse.heardAt;
  }

  reset(reason: string): Promise<void> {
    return this.#link.reset(reason);
  }

  /** Takes no more messages, but keeps the channel so that those in hand can be acknowledged. A broker that does not answer is not waited for. */
  async quiet(): Promise<void> {
    this.#isPaused = true;
    const life = this.#life;
    if (!life || life.isOver) return;
    const tags = [...life.consumers.values()].map(({ tag }) => tag);
    life.consumers.clear();
    const cancelled = Promise.all(tags.map((tag) => life.channel.cancel(tag)));
    await within(QUIET_TIMEOUT_MS, cancelled, 'cancelling consumers').catch(() => undefined);
  }

  stop(): Promise<void> {
    return this.#link.stop();
  }

  async #consumeAll(channel: Channel, connection: ChannelModel): Promise<void> {
    const life: Life = { channel, consumers: new Map(), isOver: false };
    channel.once('close', () => {
      life.isOver = true;
    });
    this.#life = life;
    for (const consumption of this.#consumptions) {
      await this.#serially(() => this.#adjust(life, consumption)).catch(async (error: unknown) => {
        if (error instanceof NoAnswer && ++this.#unansweredSetUps >= LEADERLESS_SET_UPS)
          await this.#onLeaderless(consumption, connection);
        throw error;
      });
    }
    this.#unansweredSetUps = 0;
  }

  #serially(adjust: () => Promise<void>): Promise<void> {
    const adjusted = this.#adjusting.then(adjust);
    this.#adjusting = adjusted.catch(() => undefined);
    return adjusted;
  }

  /** Makes a consumer what it should be; the broker holds the prefetch of a consumer for its life, so that another one takes its place. */
  async #adjust(life: Life, consumption: Consumption): Promise<void> {
    const { queue } = consumption;
    const prefetch = this.#isPaused ? 0 : (this.#wanted.get(queue) ?? 0);
    const current = life.consumers.get(queue);
    if (life.isOver || (current?.prefetch ?? 0) === prefetch) return;
    life.consumers.delete(queue);
    if (current) await within(CONSUME_TIMEOUT_MS, life.channel.cancel(current.tag), `leaving ${queue}`);
    if (prefetch > 0) life.consumers.set(queue, await this.#consume(life, consumption, prefetch));
  }

  async #consume(life: Life, consumption: Consumption, prefetch: number): Promise<Consumer> {
    const { channel } = life;
    const pulse: Pulse = { inHand: 0, heardAt: performance.now() };
    await within(CONSUME_TIMEOUT_MS, channel.prefetch(prefetch, false), 'setting a prefetch');
    const consuming = channel.consume(consumption.queue, (message) => this.#take(life, pulse, consumption, message));
    const { consumerTag: tag } = await within(CONSUME_TIMEOUT_MS, consuming, `consuming ${consumption.queue}`);
    return { tag, prefetch, pulse };
  }

  #take(life: Life, pulse: Pulse, consumption: Consumption, message: ConsumeMessage | null): void {
    if (!message) {
      // The server has cancelled this consumer (queue deleted, leader lost); the others on the channel would go on,
      // so only a fresh set-up brings this one back.
      this.#log.warn({ queue: consumption.queue }, 'consumer cancelled by the broker');
      // It may come while the channel is still being set up, when the link does not know it yet.
      void life.channel.close().catch(() => undefined);
      return;
    }
    pulse.inHand++;
    pulse.heardAt = performance.now();
    consumption.onDelivery(deliveryOf(life, pulse, consumption, message));
  }
}

function deliveryOf(life: Life, pulse: Pulse, { queue, source }: Consumption, message: ConsumeMessage): Delivery {
  const { channel } = life;
  const deaths = message.properties.headers?.['x-death'];
  let isAnswered = false;
  const answer = (send: () => void) => {
    // A second answer would cost the channel, with everything in hand.
    if (isAnswered) return;
    isAnswered = true;
    pulse.inHand--;
    try {
      send();
    } catch {
      // The channel is closed: the broker delivers the message again, and its dispatch number tells it is a duplicate.
    }
  };
  return {
    queue,
    source,
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
