import type { Socket } from 'node:net';
import amqp, { type Channel, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { asError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { within } from './within.ts';

const BACKOFF_MS = { first: 100, longest: 30_000 };
/** The broker gives up a silent process after two to three of them: before its leases expire, or its jobs would be sent to itself. */
const HEARTBEAT_SECONDS = 5;
const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 3_000;
/** Dozens of queues are declared one after the other at first. */
const SET_UP_TIMEOUT_MS = 60_000;

type Opened = Channel | ConfirmChannel;

export type LinkOptions<C extends Opened> = {
  url: string;
  /** Shown by the broker's own tools. */
  name: string;
  log: Log;
  open(connection: ChannelModel): Promise<C>;
  /** Called with every fresh channel; what it throws closes the channel, and the next one is tried. */
  setUp(channel: C, connection: ChannelModel): Promise<void>;
  /** The channel is gone, and everything that was bound to it. */
  onDown?(): void;
  onBlocked?(isBlocked: boolean): void;
};

/**
 * One connection with one channel, for ever: whichever of the two is lost (by the network, by the server, by a
 * channel error that leaves the connection up) is opened again with backoff of 0.1 to 30 s ± 20 %.
 */
export class BrokerLink<C extends Opened> {
  readonly #options: LinkOptions<C>;
  #connection: ChannelModel | undefined;
  #channel: C | undefined;
  #isStopped = false;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #lastError = 'never connected';
  #upSince = performance.now();

  constructor(options: LinkOptions<C>) {
    this.#options = options;
  }

  /** The channel in use, once its set-up is done. */
  get channel(): C | undefined {
    return this.#channel;
  }

  /** For how long the channel has been in use. */
  get upForMs(): number {
    return performance.now() - this.#upSince;
  }

  /** Why there is no channel, for health checks. */
  get lastError(): string {
    return this.#lastError;
  }

  start(): void {
    this.#running ??= this.#connectForEver();
  }

  /** Closes channel and connection. Safe before {@link start} and twice. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake?.();
    await hangUp(this.#connection);
    await this.#running;
  }

  /** Gives up the channel, so that it is set up anew. */
  async reset(reason: string): Promise<void> {
    this.#options.log.warn({ link: this.#options.name, reason }, 'broker channel is set up anew');
    await this.#channel?.close().catch(() => undefined);
  }

  async #connectForEver(): Promise<void> {
    const backoff = new Backoff();
    while (!this.#isStopped) {
      try {
        const connection = await this.#connect();
        backoff.reset();
        await this.#useConnection(connection);
      } catch (error) {
        this.#noteError(error);
      }
      if (!this.#isStopped) await this.#pause(backoff.nextMs());
    }
  }

  async #connect(): Promise<ChannelModel> {
    const { url, name } = this.#options;
    const connection = await amqp.connect(withHeartbeat(url), {
      noDelay: true,
      keepAlive: true,
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: name },
    });
    connection.on('error', (error) => this.#noteError(error));
    connection.on('blocked', () => this.#options.onBlocked?.(true));
    connection.on('unblocked', () => this.#options.onBlocked?.(false));
    this.#connection = connection;
    return connection;
  }

  /** Opens channel after channel until the connection is gone. */
  async #useConnection(connection: ChannelModel): Promise<void> {
    const closed = new Promise<'closed'>((resolve) => connection.once('close', () => resolve('closed')));
    const backoff = new Backoff();
    let isOpen = true;
    void closed.then(() => {
      isOpen = false;
      this.#wake?.();
    });
    while (isOpen && !this.#isStopped) {
      const wasUp = await Promise.race([closed, this.#useChannel(connection)]);
      if (wasUp === true) backoff.reset();
      if (isOpen && !this.#isStopped) await this.#pause(backoff.nextMs());
    }
    if (isOpen) await hangUp(connection);
    this.#connection = undefined;
    this.#options.onBlocked?.(false);
  }

  /** @returns whether the channel had come up, when it is closed again. */
  async #useChannel(connection: ChannelModel): Promise<boolean> {
    let channel: C | undefined;
    try {
      channel = await this.#options.open(connection);
      const closed = new Promise<void>((resolve) => channel?.once('close', () => resolve()));
      channel.on('error', (error) => this.#noteError(error));
      const settingUp = within(SET_UP_TIMEOUT_MS, this.#options.setUp(channel, connection), 'set-up of the channel');
      await Promise.race([settingUp, closed.then(() => Promise.reject(new Error(this.#lastError)))]);
      this.#channel = channel;
      this.#upSince = performance.now();
      await closed;
      return true;
    } catch (error) {
      this.#noteError(error);
      // Whoever leaves a request unanswered leaves the close of the channel unanswered too.
      await within(CLOSE_TIMEOUT_MS, closing(channel), 'close').catch(() => hangUp(connection));
      return false;
    } finally {
      if (this.#channel === channel) this.#channel = undefined;
      this.#options.onDown?.();
    }
  }

  #noteError(thrown: unknown): void {
    const error = asError(thrown);
    this.#lastError = error.message || error.name;
    if (!this.#isStopped)
      this.#options.log.warn({ link: this.#options.name, reason: this.#lastError }, 'broker link is down');
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

/** A channel that is closed already refuses to be closed, which is as good. */
const closing = async (channel: Opened | undefined) => channel?.close().catch(() => undefined);

/** Closes a connection. The client would wait for ever for a server that no longer answers; here it is cut off after 3 s. */
async function hangUp(connection: ChannelModel | undefined): Promise<void> {
  if (!connection) return;
  const isGone = new Promise<void>((resolve) => connection.once('close', () => resolve()));
  const closed = Promise.race([connection.close().catch(() => undefined), isGone]);
  await within(CLOSE_TIMEOUT_MS, closed, 'close').catch((error: Error) => socketOf(connection).destroy(error));
}

/** The types of the client do not show it. */
const socketOf = ({ connection }: ChannelModel) => (connection as unknown as { stream: Socket }).stream;

/** Doubling, ± 20 %. */
class Backoff {
  #ms = BACKOFF_MS.first;

  nextMs(): number {
    const ms = this.#ms * (0.8 + Math.random() * 0.4);
    this.#ms = Math.min(this.#ms * 2, BACKOFF_MS.longest);
    return ms;
  }

  reset(): void {
    this.#ms = BACKOFF_MS.first;
  }
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  return parsed.toString();
}
