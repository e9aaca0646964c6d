import { setTimeout as pause } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { EventsUnavailable } from './events-unavailable.ts';
import type { Log } from './log.ts';

type ConnectionOptions = {
  readonly url: string;
  /** Shown by the server's monitoring. */
  readonly name: string;
  readonly log: Log;
  readonly reconnectMs: number;
  /** Called after the first connect and after each reconnect. */
  onConnected(): void;
};

/** A connection that is sought for ever, also when the server is away at the start or refuses us for a while. */
export class ServerConnection {
  readonly #options: ConnectionOptions;
  readonly #stopping = new AbortController();
  #nats: NatsConnection | undefined;
  #isConnected = false;
  #seeking: Promise<void> = Promise.resolve();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#seeking = this.#seek();
  }

  /** @throws EventsUnavailable at once while there is no connection; nothing is buffered. */
  get nats(): NatsConnection {
    if (this.#nats && this.#isConnected) return this.#nats;
    throw new EventsUnavailable(
      `no connection to NATS at ${this.server}; it is sought again every ${this.#options.reconnectMs} ms`,
    );
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Host and port, without credentials. */
  get server(): string {
    const { url } = this.#options;
    return url.replace(/^\w+:\/\//, '').replace(/^.*@/, '');
  }

  /** Sends what is still buffered, acks above all, then closes. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#seeking;
    const nats = this.#nats;
    if (!nats) return;
    if (this.#isConnected) await Promise.race([nats.flush().catch(() => {}), pause(1_000, undefined, { ref: false })]);
    await nats.close();
  }

  async #seek(): Promise<void> {
    const { url, name, log, reconnectMs } = this.#options;
    const signal = this.#stopping.signal;
    while (!signal.aborted && !this.#nats) {
      try {
        this.#nats = await connect({
          servers: url.split(','),
          name,
          timeout: 5_000,
          maxReconnectAttempts: -1,
          reconnectTimeWait: reconnectMs,
          reconnectJitter: reconnectMs / 2,
          ignoreAuthErrorAbort: true,
          pingInterval: 10_000,
          maxPingOut: 2,
        });
      } catch (error) {
        log.warn({ server: this.server, err: error }, 'NATS is not there yet');
        await pause(reconnectMs, undefined, { signal }).catch(() => {});
      }
    }
    if (this.#nats) this.#follow(this.#nats);
  }

  #follow(nats: NatsConnection): void {
    this.#connected();
    void (async () => {
      for await (const status of nats.status()) {
        if (status.type === 'disconnect') this.#disconnected();
        if (status.type === 'reconnect') this.#connected();
      }
    })();
    void nats.closed().then(() => {
      this.#isConnected = false;
    });
  }

  #connected(): void {
    this.#isConnected = true;
    this.#options.log.info({ server: this.server }, 'NATS connected');
    this.#options.onConnected();
  }

  #disconnected(): void {
    this.#isConnected = false;
    this.#options.log.warn({ server: this.server }, 'NATS connection lost');
  }
}
