import type { JetStreamClient } from '@nats-io/jetstream';
import { headers as natsHeaders, RequestError } from '@nats-io/transport-node';
import type { Bury, DeadEvent } from './dead-event.ts';
import { encodeEvent, type StoredEvent } from './event.ts';
import type { Replayable } from './event-bus.ts';
import { assertFits, EventTooLarge } from './event-too-large.ts';
import { EventsUnavailable } from './events-unavailable.ts';
import type { Log } from './log.ts';
import { countPublished } from './metrics.ts';
import { streamLimits, type Topology } from './topology.ts';
import { inPublishSpan, traceIdOf } from './trace-context.ts';

/** Events that are on their way to the server at once. */
const WINDOW = 256;

export type PublisherOptions = {
  readonly topology: Topology;
  readonly timeoutMs: number;
  /** @throws EventsUnavailable while there is no connection. */
  client(): JetStreamClient;
  /** What the server takes, headers included. */
  maxMessageBytes(): number;
  restoreStream(): Promise<unknown>;
} & Burying;

type Burying = { readonly topology: Topology; readonly bury: Bury; readonly log: Log };

/** Publishes in order and in windows; rejects as soon as one event is not acknowledged. Those that are too large are buried. */
export async function publishAll(events: readonly StoredEvent[], options: PublisherOptions): Promise<void> {
  for (let start = 0; start < events.length; start += WINDOW) {
    const window = events.slice(start, start + WINDOW);
    await Promise.all(window.map((event) => publishEvent(event, options)));
  }
}

async function publishEvent(event: StoredEvent, options: PublisherOptions): Promise<void> {
  const body = encodeEvent(event);
  await publishBody({ ...event, body }, event.id, options).catch((error: unknown) => {
    if (!(error instanceof EventTooLarge)) throw error;
    return buryTooLarge(event, body, error, options);
  });
}

/** Told again it would be refused again: it rests with the dead letters, where people see it. */
export async function buryTooLarge(
  { id, type, traceparent }: StoredEvent,
  body: string,
  { name, message }: EventTooLarge,
  { topology, bury, log }: Burying,
): Promise<void> {
  const traceId = traceparent && traceIdOf({ traceparent });
  const letter: DeadEvent = {
    source: 'event',
    reason: 'too-large',
    detail: message,
    exchange: topology.stream,
    key: topology.subject(type),
    messageId: id,
    type,
    body: Buffer.from(body),
    headers: {},
    deliveries: 0,
    error: { name, message },
    ...(traceId && { traceId }),
  };
  await bury(letter);
  log.error({ eventId: id, type, reason: letter.reason, detail: message }, 'event buried');
}

export type Publishable = Replayable & {
  readonly id?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
};

/**
 * Publishes bytes on the subject of a type. Without a stored trace it becomes part of the caller's.
 * @param messageId what the server's duplicate window compares. @throws EventTooLarge, EventsUnavailable.
 */
export function publishBody(message: Publishable, messageId: string, options: PublisherOptions): Promise<void> {
  const { type, body } = message;
  const subject = options.topology.subject(type);
  return inPublishSpan({ ...message, subject }, message, async (traceHeaders) => {
    const headers = natsHeaders();
    for (const [name, value] of Object.entries(traceHeaders)) headers.set(name, value);
    const publishOptions = { msgID: messageId, headers, timeout: options.timeoutMs };
    const send = async () => {
      const client = options.client();
      assertFits(type, body, options.maxMessageBytes() - streamLimits.headerBytes);
      return client.publish(subject, body, publishOptions);
    };
    const sending = send().catch((error: unknown) => sendAgain(error, send, options));
    try {
      await within(options.timeoutMs, sending);
    } catch (cause) {
      if (cause instanceof EventTooLarge) throw cause;
      throw unavailable(type, messageId, cause);
    }
    countPublished(type);
  });
}

/** Nobody listens on the subject when the stream is gone: the broker lost its data and we were faster than the check. */
async function sendAgain(
  error: unknown,
  send: () => Promise<unknown>,
  { restoreStream }: PublisherOptions,
): Promise<void> {
  const { cause } = error as Error;
  if (!(cause instanceof RequestError && cause.isNoResponders())) throw error;
  await restoreStream();
  await send();
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(() => timer.reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([work, timer.promise]);
  } finally {
    clearTimeout(timeout);
  }
}

function unavailable(type: string, id: string, cause: unknown): EventsUnavailable {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EventsUnavailable(`event ${type} ${id} was not acknowledged by NATS: ${why}; publish it again later`, {
    cause,
  });
}
