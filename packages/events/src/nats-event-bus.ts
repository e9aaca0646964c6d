import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Consumer, type JetStreamClient, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { Connection } from 'mongoose';
import type { Bury } from './dead-event.ts';
import { processDelivery } from './delivery.ts';
import type { StoredEvent } from './event.ts';
import type { EventBus, Replayable } from './event-bus.ts';
import { createInbox } from './inbox.ts';
import type { Log } from './log.ts';
import { ServerConnection } from './nats-connection.ts';
import { type PublisherOptions, publishAll, publishBody } from './publisher.ts';
import { Puller } from './puller.ts';
import { ensureConsumer, ensureStream } from './stream.ts';
import { StreamAge } from './stream-age.ts';
import { assertOneHearerEach, type Subscription } from './subscription.ts';
import type { Timing } from './timing.ts';
import { streamLimits, type Topology } from './topology.ts';

type NatsEventBusOptions = {
  readonly service: string;
  readonly natsUrl: string;
  readonly database: Connection;
  readonly subscriptions: readonly Subscription[];
  readonly bury: Bury;
  readonly log: Log;
  readonly timing: Timing;
  readonly topology: Topology;
  readonly replicas: number;
};

/** Mongoose's `readyState` of a usable connection. */
const connectedState = 1;

export class NatsEventBus implements EventBus {
  readonly #options: NatsEventBusOptions;
  readonly #connection: ServerConnection;
  readonly #inbox: ReturnType<typeof createInbox>;
  readonly #age: StreamAge;
  readonly #pullers: readonly Puller[];
  readonly #consumers = new Map<string, Consumer>();
  /** Pulling has ended, the connection has not. */
  readonly #stopping = new AbortController();
  /** Handlers are no longer waited for. */
  readonly #shutdown = new AbortController();
  #isStarted = false;
  #stopped: Promise<void> | undefined;
  #isRestored = false;
  #restoring: Promise<void> | undefined;
  #hasInboxIndexes = false;
  #checks: NodeJS.Timeout | undefined;
  readonly #onDatabase = () => void this.#restoreUntilDone();

  constructor(options: NatsEventBusOptions) {
    const { service, natsUrl, database, subscriptions, topology, timing, log } = options;
    assertOneHearerEach(subscriptions, (type) => topology.durable(service, type));
    this.#options = options;
    this.#inbox = createInbox(database, service);
    this.#age = new StreamAge(database, topology.stream, log);
    this.#connection = new ServerConnection({
      url: natsUrl,
      name: service,
      log,
      reconnectMs: timing.reconnectMs,
      onConnected: () => void this.#restoreUntilDone(),
    });
    this.#pullers = subscriptions.map((subscription) => this.#pullerOf(subscription));
  }

  async start(): Promise<void> {
    if (this.#isStarted || this.#stopped) return;
    this.#isStarted = true;
    this.#connection.start();
    this.#options.database.on('connected', this.#onDatabase);
    this.#checks = setInterval(() => void this.#restoreUntilDone(), this.#options.timing.checkMs);
    for (const puller of this.#pullers) puller.start();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#isStarted ? this.#stop() : Promise.resolve();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#checks);
    this.#options.database.off('connected', this.#onDatabase);
    this.#stopping.abort();
    const drained = setTimeout(() => this.#shutdown.abort(new Error('shutdown')), this.#options.timing.drainMs);
    await Promise.all(this.#pullers.map((puller) => puller.stop()));
    clearTimeout(drained);
    await this.#connection.stop();
  }

  isReady(): { ready: boolean; reasons: string[] } {
    const { server, isConnected } = this.#connection;
    const reasons: string[] = [];
    if (!isConnected) reasons.push(`nats: not connected to ${server}`);
    else if (!this.#isRestored) reasons.push(`nats: stream ${this.#options.topology.stream} is not there yet`);
    return { ready: reasons.length === 0, reasons };
  }

  publish(events: readonly StoredEvent[]): Promise<void> {
    return publishAll(events, this.#publisherOptions());
  }

  replay(letter: Replayable): Promise<void> {
    return publishBody(letter, randomUUID(), this.#publisherOptions());
  }

  onStreamReset(listener: () => Promise<void> | void): () => void {
    return this.#age.listen(listener);
  }

  #publisherOptions(): PublisherOptions {
    const { topology, timing, bury, log } = this.#options;
    return {
      topology,
      bury,
      log,
      timeoutMs: timing.publishTimeoutMs,
      client: () => this.#client(),
      maxMessageBytes: () => this.#connection.nats.info?.max_payload ?? streamLimits.maxMessageBytes,
      restoreStream: () => this.#restore(),
    };
  }

  #client(): JetStreamClient {
    return jetstream(this.#connection.nats, { timeout: this.#options.timing.publishTimeoutMs });
  }

  #pullerOf(subscription: Subscription): Puller {
    const { service, topology, timing, log, bury, database } = this.#options;
    const durable = topology.durable(service, subscription.contract.type);
    const context = {
      stream: topology.stream,
      durable,
      subscription,
      inbox: this.#inbox,
      bury,
      log,
      timing,
      shutdown: this.#shutdown.signal,
    };
    return new Puller({
      durable,
      log,
      concurrency: subscription.concurrency,
      pullMs: timing.pullMs,
      pauseMs: timing.reconnectMs / 2,
      consumer: () => this.#consumer(durable),
      mayPull: () => this.#connection.isConnected && database.readyState === connectedState,
      onFailure: () => {
        this.#isRestored = false;
      },
      process: (delivery) => processDelivery(delivery, context),
    });
  }

  async #consumer(durable: string): Promise<Consumer> {
    if (!this.#isRestored) await this.#restore();
    const consumer = this.#consumers.get(durable);
    if (!consumer) throw new Error(`durable ${durable} is not there yet`);
    return consumer;
  }

  async #restoreUntilDone(): Promise<void> {
    const { signal } = this.#stopping;
    for (let isDone = false; !isDone && this.#connection.isConnected && !signal.aborted; ) {
      isDone = await this.#restore().then(
        () => true,
        () => false,
      );
      if (!isDone) await pause(this.#options.timing.reconnectMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Brings stream and durables back when they are gone; one restoration at a time. */
  #restore(): Promise<void> {
    this.#restoring ??= this.#restoreOnce().finally(() => {
      this.#restoring = undefined;
    });
    return this.#restoring;
  }

  async #restoreOnce(): Promise<void> {
    const { topology, log, replicas, timing } = this.#options;
    try {
      const manager = await jetstreamManager(this.#connection.nats, {
        checkAPI: false,
        timeout: timing.publishTimeoutMs,
      });
      const created = await ensureStream(manager, topology, replicas);
      for (const settings of this.#durables()) {
        const info = await ensureConsumer(manager, topology.stream, settings);
        this.#consumers.set(settings.durable, manager.jetstream().consumers.getConsumerFromInfo(info));
      }
      this.#isRestored = true;
      void this.#lookAtDatabase(created);
    } catch (error) {
      this.#isRestored = false;
      if (!this.#stopping.signal.aborted)
        log.warn({ stream: topology.stream, err: error }, 'stream could not be restored yet');
      throw error;
    }
  }

  #durables(): { durable: string; subject: string; ackWaitMs: number }[] {
    const { service, topology, timing, subscriptions } = this.#options;
    return subscriptions.map(({ contract: { type } }) => ({
      durable: topology.durable(service, type),
      subject: topology.subject(type),
      ackWaitMs: timing.ackWaitMs,
    }));
  }

  /** What needs the database is apart: events flow to NATS also while the database is away. Never rejects. */
  async #lookAtDatabase(created: string): Promise<void> {
    if (this.#options.database.readyState !== connectedState) return;
    await this.#age.check(created);
    if (this.#hasInboxIndexes || this.#options.subscriptions.length === 0) return;
    try {
      await this.#inbox.createIndexes();
      this.#hasInboxIndexes = true;
    } catch (error) {
      this.#options.log.warn({ err: error }, 'inbox index could not be made yet');
    }
  }
}
