import type { Channel, ChannelModel } from 'amqplib';
import type { Log } from '../telemetry/log.ts';
import { declareTopology, queueExists, remakeQueue } from './declare-topology.ts';
import { decodeHint, encodeHint, type Hint } from './hints.ts';
import { Publisher } from './publisher.ts';
import { BROKER_LANES, type BrokerLane, FRESH_LANES, type Names, type Topology } from './topology.ts';
import { within } from './within.ts';
import { type Consumption, type Delivery, WorkerLink } from './worker-link.ts';

/** A broker that stands still must not make the sweeper stand still. */
const DEPTH_TIMEOUT_MS = 3_000;

type BrokerOptions = {
  url: string;
  names: Names;
  topology: Topology;
  /** All queues of the service: missing ones are told of. */
  queues: readonly string[];
  /** Those consumed here. */
  consumed: readonly string[];
  takesQuarantine: boolean;
  takesDead: boolean;
  confirmTimeoutMs: number;
  log: Log;
  onDelivery(delivery: Delivery): void;
  onSuspect(delivery: Delivery): void;
  onDead(delivery: Delivery): void;
  onHint(hint: Hint): void;
  onConsumingDown(): void;
  onMissing(queues: readonly string[]): void;
};

/**
 * The connections to the broker: one to publish and others to consume, so that a blocked publisher still acknowledges.
 * The ladder's landings are consumed apart: RabbitMQ 3.10 may start after a crash with a landing that finds no leader,
 * and a channel waits for such a queue for ever. The other lanes go on, and what cannot land is sent to them when overdue.
 */
export class Broker {
  readonly publisher: Publisher;
  readonly #worker: WorkerLink;
  readonly #landing: WorkerLink;
  readonly #options: BrokerOptions;

  constructor(options: BrokerOptions) {
    this.#options = options;
    const { url, names, log } = options;
    this.publisher = new Publisher({
      url,
      name: `${names.service} publish`,
      log,
      confirmTimeoutMs: options.confirmTimeoutMs,
      setUp: (channel, connection) => this.#declare(channel, connection),
    });
    this.#worker = new WorkerLink({
      url,
      name: `${names.service} consume`,
      log,
      consumptions: this.#consumptions(),
      setUp: async (channel, connection) => {
        await this.#declare(channel, connection);
        await this.#hearHints(channel);
      },
      onLeaderless: (consumption, connection) => this.#remake(consumption, connection),
      onDown: options.onConsumingDown,
    });
    this.#landing = new WorkerLink({
      url,
      name: `${names.service} consume retries`,
      log,
      consumptions: this.#laneConsumptions(['retry']),
      setUp: (channel, connection) => this.#declare(channel, connection),
      onLeaderless: (consumption, connection) => this.#remake(consumption, connection),
      onDown: options.onConsumingDown,
    });
  }

  start(): void {
    this.publisher.start();
    this.#worker.start();
    if (this.#options.consumed.length > 0) this.#landing.start();
  }

  /** Takes no more deliveries; those in hand can still be acknowledged. */
  async quiet(): Promise<void> {
    await Promise.all([this.#worker.quiet(), this.#landing.quiet()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.publisher.stop(), this.#worker.stop(), this.#landing.stop()]);
  }

  /** What keeps this broker from working, empty when nothing does. */
  get troubles(): string[] {
    const { publisher } = this;
    return [
      ...(publisher.link.channel ? [] : [`rabbitmq (publish): ${publisher.link.lastError}`]),
      ...(this.#worker.isOpen ? [] : [`rabbitmq (consume): ${this.#worker.lastError}`]),
      ...(this.#landing.isOpen || this.#options.consumed.length === 0
        ? []
        : [`rabbitmq (retries): ${this.#landing.lastError}`]),
    ];
  }

  /** Messages ready in the lanes of a queue and in quarantine; undefined while the broker is away. */
  async depthOf(
    queue: string,
  ): Promise<{ lanes: number; quarantine: number; byLane: Record<string, number> } | undefined> {
    const channel = this.#worker.channel;
    if (!channel) return undefined;
    const { names } = this.#options;
    try {
      const ready = async (name: string) =>
        (await within(DEPTH_TIMEOUT_MS, channel.checkQueue(name), `asking for ${name}`)).messageCount;
      const lanes = await Promise.all(
        BROKER_LANES.map(async (lane) => [lane, await ready(names.queue(queue, lane))] as const),
      );
      const quarantine = await ready(names.quarantineQueue);
      return {
        lanes: lanes.reduce((sum, [, messages]) => sum + messages, 0),
        quarantine,
        byLane: Object.fromEntries(lanes),
      };
    } catch {
      // A missing queue closes the channel, and its fresh set-up declares the queue and tells of it.
      return undefined;
    }
  }

  /** Tells every process of the cluster; a lost hint costs the wait for the next heartbeat or sweep. */
  hint(hint: Hint): void {
    try {
      this.publisher.link.channel?.publish(this.#options.names.hints, '', encodeHint(hint), {});
    } catch {
      // It is read from the database anyway.
    }
  }

  /** Takes at most so many messages in hand per lane of a queue, none with 0. Resolves when that holds. */
  async tune(queue: string, prefetch: number): Promise<void> {
    const { names } = this.#options;
    await Promise.all(BROKER_LANES.map((lane) => this.#linkOf(lane).tune(names.queue(queue, lane), prefetch)));
  }

  /** Whether suspects are taken here. */
  async tuneQuarantine(isTaken: boolean): Promise<void> {
    await this.#worker.tune(this.#options.names.quarantineQueue, isTaken ? 1 : 0);
  }

  /** For how long a lane, that has room for messages, has brought none; undefined where none has to come. */
  silentForMs(queue: string, lane: BrokerLane): number | undefined {
    return this.#linkOf(lane).silentForMs(this.#options.names.queue(queue, lane));
  }

  /** Sets up the channel of a lane anew: what is in hand is delivered again. */
  resetLane(lane: BrokerLane, reason: string): Promise<void> {
    return this.#linkOf(lane).reset(reason);
  }

  #linkOf(lane: BrokerLane): WorkerLink {
    return lane === 'retry' ? this.#landing : this.#worker;
  }

  #laneConsumptions(lanes: readonly BrokerLane[]): Consumption[] {
    const { consumed, names, onDelivery } = this.#options;
    // Nothing is taken before the settings of the queues are known: one of them may be paused.
    return consumed.flatMap((queue) =>
      lanes.map((lane) => ({ queue: names.queue(queue, lane), source: { queue, lane }, prefetch: 0, onDelivery })),
    );
  }

  #consumptions(): Consumption[] {
    const { names, onSuspect, onDead, takesQuarantine, takesDead } = this.#options;
    return [
      ...this.#laneConsumptions(FRESH_LANES),
      ...(takesQuarantine ? [{ queue: names.quarantineQueue, prefetch: 0, onDelivery: onSuspect }] : []),
      ...(takesDead ? [{ queue: names.deadQueue, prefetch: 16, onDelivery: onDead }] : []),
    ];
  }

  /** Looks before it declares: a queue that is missing now, and was used before, has lost its messages. */
  async #declare(channel: Channel, connection: ChannelModel): Promise<void> {
    const { topology, queues, names, onMissing } = this.#options;
    const missing: string[] = [];
    for (const queue of queues) {
      if (!(await queueExists(connection, names.queue(queue, 'std')))) missing.push(queue);
    }
    await declareTopology(channel, topology);
    if (missing.length > 0) setImmediate(() => onMissing(missing));
  }

  /** A doorbell that is out of order is replaced: the records know what it would have rung for. */
  async #remake({ queue, source }: Consumption, connection: ChannelModel): Promise<void> {
    const { topology, queues, log, onMissing } = this.#options;
    log.warn({ queue }, 'queue gives its consumers no answer, it is deleted and declared again');
    await remakeQueue(connection, topology, queue);
    onMissing(source ? [source.queue] : queues);
  }

  async #hearHints(channel: Channel): Promise<void> {
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true });
    await channel.bindQueue(queue, this.#options.names.hints, '');
    await channel.consume(
      queue,
      (message) => {
        const hint = message && decodeHint(message.content);
        if (hint) this.#options.onHint(hint);
      },
      { noAck: true },
    );
  }
}
