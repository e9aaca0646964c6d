import type { ChannelModel, ConfirmChannel, Options } from 'amqplib';
import { asError, NotPublished } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { BrokerLink } from './broker-link.ts';

/** More unconfirmed messages than this make later publishers wait: amqplib's own buffer has no limit. */
const WINDOW = 256;

export type Publication = {
  exchange: string;
  key: string;
  body: Buffer;
  messageId: string;
  type: string;
  headers: Record<string, string>;
};

/** Publishes persistent, mandatory messages on one confirm channel. */
export class Publisher {
  readonly #link: BrokerLink<ConfirmChannel>;
  readonly #confirmTimeoutMs: number;
  readonly #returned = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  readonly #abort = new Set<(error: NotPublished) => void>();
  #unconfirmed = 0;
  #isBlocked = false;

  constructor(options: {
    url: string;
    name: string;
    log: Log;
    confirmTimeoutMs: number;
    setUp(channel: ConfirmChannel, connection: ChannelModel): Promise<void>;
  }) {
    this.#confirmTimeoutMs = options.confirmTimeoutMs;
    this.#link = new BrokerLink({
      url: options.url,
      name: options.name,
      log: options.log,
      open: (connection) => connection.createConfirmChannel(),
      setUp: async (channel, connection) => {
        channel.on('return', ({ properties }) => this.#returned.add(String(properties.messageId)));
        await options.setUp(channel, connection);
      },
      onDown: () => this.#abandon('disconnected'),
      onBlocked: (isBlocked) => {
        this.#isBlocked = isBlocked;
        if (isBlocked)
          options.log.warn({ link: options.name }, 'the broker has blocked publishing (memory or disk alarm)');
      },
    });
  }

  start(): void {
    this.#link.start();
  }

  stop(): Promise<void> {
    return this.#link.stop();
  }

  get link(): BrokerLink<ConfirmChannel> {
    return this.#link;
  }

  /** Whether a message handed over now would be sent now. */
  get isOpen(): boolean {
    return this.#link.channel !== undefined && !this.#isBlocked;
  }

  /**
   * Resolves when the broker has taken the message; waits while 256 are unconfirmed.
   * @throws NotPublished at once when disconnected or blocked; when refused, unroutable, or unconfirmed in time.
   */
  async publish(publication: Publication): Promise<void> {
    while (this.#unconfirmed >= WINDOW) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#unconfirmed++;
    try {
      const channel = this.#link.channel;
      if (!channel) throw new NotPublished('disconnected', this.#link.lastError);
      if (this.#isBlocked) throw new NotPublished('blocked', 'memory or disk alarm at the broker');
      await this.#confirmed(channel, publication);
      if (this.#returned.delete(publication.messageId))
        throw new NotPublished('unroutable', `no queue for ${publication.key}`);
    } finally {
      // Whoever gives up hands the place on too, else those who wait behind it would wait for ever.
      this.#unconfirmed--;
      this.#waiting.shift()?.();
    }
  }

  #confirmed(channel: ConfirmChannel, { exchange, key, body, messageId, type, headers }: Publication): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const settle = (error?: NotPublished) => {
        clearTimeout(timer);
        this.#abort.delete(settle);
        if (error) reject(error);
        else resolve();
      };
      const timer = setTimeout(
        () => settle(new NotPublished('unconfirmed', `no confirm within ${this.#confirmTimeoutMs} ms`)),
        this.#confirmTimeoutMs,
      );
      this.#abort.add(settle);
      const options: Options.Publish = {
        persistent: true,
        mandatory: true,
        contentType: 'application/json',
        messageId,
        type,
        headers,
      };
      try {
        channel.publish(exchange, key, body, options, (error: unknown) =>
          settle(error ? new NotPublished('refused', asError(error).message) : undefined),
        );
      } catch (error) {
        settle(new NotPublished('disconnected', asError(error).message));
      }
    });
  }

  #abandon(reason: NotPublished['reason']): void {
    for (const settle of [...this.#abort]) settle(new NotPublished(reason, this.#link.lastError));
    this.#returned.clear();
  }
}
