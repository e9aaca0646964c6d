import type { JetStreamClient } from '@nats-io/jetstream';
import { headers as natsHeaders, RequestError } from '@nats-io/transport-node';
import { encodeEvent, type StoredEvent } from './event.ts';
import type { Replayable } from './event-bus.ts';
import { EventsUnavailable } from './events-unavailable.ts';
import { countPublished } from './metrics.ts';
import type { Topology } from './topology.ts';
import { inPublishSpan } from './trace-context.ts';

/** Events that are on their way to the server at once. */
const WINDOW = 256;

export type PublisherOptions = {
  readonly topology: Topology;
  readonly timeoutMs: number;
  /** @throws EventsUnavailable while there is no connection. */
  client(): JetStreamClient;
  restoreStream(): Promise<unknown>;
};

/** Publishes in order and in windows; rejects as soon as one event is not acknowledged. */
export async function publishAll(events: readonly StoredEvent[], options: PublisherOptions): Promise<void> {
  for (let start = 0; start < events.length; start += WINDOW) {
    const window = events.slice(start, start + WINDOW);
    await Promise.all(window.map((event) => publishEvent(event, event.id, options)));
  }
}

/** @param messageId what the server's duplicate window compares. */
function publishEvent(event: StoredEvent, messageId: string, options: PublisherOptions): Promise<void> {
  return publishBody({ ...event, body: encodeEvent(event) }, messageId, options);
}

export type Publishable = Replayable & {
  readonly id?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
};

/** Publishes bytes on the subject of a type. Without a stored trace it becomes part of the caller's. */
export function publishBody(message: Publishable, messageId: string, options: PublisherOptions): Promise<void> {
  const { type, body } = message;
  const subject = options.topology.subject(type);
  return inPublishSpan({ ...message, subject }, message, async (traceHeaders) => {
    const headers = natsHeaders();
    for (const [name, value] of Object.entries(traceHeaders)) headers.set(name, value);
    const publishOptions = { msgID: messageId, headers, timeout: options.timeoutMs };
    const send = async () => options.client().publish(subject, body, publishOptions);
    const sending = send().catch((error: unknown) => sendAgain(error, send, options));
    try {
      await within(options.timeoutMs, sending);
    } catch (cause) {
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
