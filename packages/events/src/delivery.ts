import type { BurialReason, Bury, DeadEvent } from './dead-event.ts';
import { decodeEvent, type Envelope, type HeardEvent } from './event.ts';
import type { Inbox } from './inbox.ts';
import type { Log } from './log.ts';
import { countProcessed, type DeliveryEnd } from './metrics.ts';
import type { Subscription } from './subscription.ts';
import { redeliveryDelayMs, type Timing } from './timing.ts';
import { type Headers, inProcessSpan, traceIdOf } from './trace-context.ts';

/** One message at one hearer, whatever brought it. Exactly one of `ack`, `retry`, `drop` answers it. */
export type Delivery = {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly headers: Headers;
  /** From 1. */
  readonly deliveries: number;
  ack(): void;
  retry(delayMs: number): void;
  /** Never deliver it again. */
  drop(why: string): void;
  /** Puts off the server's own redelivery. */
  keepAlive(): void;
};

export type DeliveryContext = {
  readonly stream: string;
  readonly durable: string;
  readonly subscription: Subscription;
  readonly inbox: Inbox;
  readonly bury: Bury;
  readonly log: Log;
  readonly timing: Timing;
  /** Aborts when a shutdown no longer waits. */
  readonly shutdown: AbortSignal;
};

/**
 * Carries one delivery to its answer; never rejects.
 * The order is what makes it safe: effect, then inbox, then ack. A death in between repeats, and never loses.
 */
export async function processDelivery(delivery: Delivery, context: DeliveryContext): Promise<DeliveryEnd> {
  const end = await answer(delivery, context);
  countProcessed(context.subscription.contract.type, end);
  return end;
}

async function answer(delivery: Delivery, context: DeliveryContext): Promise<DeliveryEnd> {
  let id: string | undefined;
  try {
    const envelope = readEnvelope(delivery);
    id = envelope.id;
    const event = readEvent(envelope, delivery, context.subscription);
    return await hear(event, delivery, context);
  } catch (error) {
    if (error instanceof InboxUnavailable) return redeliver(error, id, delivery, context);
    return await giveBack(asFailure(error), id, delivery, context);
  }
}

/** Why an event was not handled; `isFinal` failures would fail in the same way each time. */
class DeliveryFailure extends Error {
  readonly reason: BurialReason;
  readonly isFinal: boolean;
  constructor(message: string, options: { reason: BurialReason; isFinal: boolean; cause?: unknown }) {
    super(message, options);
    this.reason = options.reason;
    this.isFinal = options.isFinal;
  }
}

/** Our own database did not answer: no fault of the event or its handler, and so never a reason to bury. */
class InboxUnavailable extends Error {}

const asking = <T>(inbox: Promise<T>): Promise<T> =>
  inbox.catch((cause) => {
    throw new InboxUnavailable(`the inbox cannot be asked: ${messageOf(cause)}`, { cause });
  });

function readEnvelope({ body, subject }: Delivery): Envelope {
  try {
    return decodeEvent(body);
  } catch (cause) {
    throw new DeliveryFailure(`the message on ${subject} is no event: ${messageOf(cause)}`, {
      reason: 'unreadable',
      isFinal: true,
      cause,
    });
  }
}

function readEvent(
  { id, type, version, data, at, jobId }: Envelope,
  { headers }: Delivery,
  { contract }: Subscription,
): HeardEvent {
  if (version > contract.version) {
    throw new DeliveryFailure(`event ${type} came in version ${version}, this service knows ${contract.version}`, {
      reason: 'version-unknown',
      isFinal: false,
    });
  }
  const traceId = traceIdOf(headers);
  const parsed = contract.data.safeParse(data);
  if (type !== contract.type || !parsed.success) {
    const why = parsed.error?.message ?? `its type is ${type}`;
    throw new DeliveryFailure(`event ${id} does not fit the contract of ${contract.type}: ${why}`, {
      reason: 'data-invalid',
      isFinal: true,
    });
  }
  return {
    id,
    type,
    version,
    data: parsed.data,
    at: new Date(at),
    ...(jobId !== undefined && { jobId }),
    ...(traceId !== undefined && { traceId }),
  };
}

async function hear(event: HeardEvent, delivery: Delivery, context: DeliveryContext): Promise<DeliveryEnd> {
  const { durable, inbox, subscription, log } = context;
  if (await asking(inbox.knows(event.id))) {
    delivery.ack();
    log.debug({ eventId: event.id, type: event.type, durable }, 'event heard before');
    return 'duplicate';
  }
  if (delivery.deliveries > 2 * subscription.maxDeliveries) {
    throw new DeliveryFailure(`${delivery.deliveries - 1} deliveries were never answered`, {
      reason: 'unanswered',
      isFinal: true,
    });
  }
  const message = { ...event, ...delivery, durable };
  await inProcessSpan(message, () => handle(event, delivery, context));
  await asking(inbox.add(event.id));
  delivery.ack();
  log.debug({ eventId: event.id, type: event.type, durable }, 'event handled');
  return 'handled';
}

/** Runs the handler, keeps its message alive, and gives up waiting at the timeout and at shutdown. */
async function handle(
  event: HeardEvent,
  delivery: Delivery,
  { subscription, timing, shutdown }: DeliveryContext,
): Promise<void> {
  const { ackWaitMs, handlerTimeoutMs } = timing;
  const signal = AbortSignal.any([shutdown, AbortSignal.timeout(handlerTimeoutMs)]);
  signal.throwIfAborted();
  const keptAlive = setInterval(() => delivery.keepAlive(), ackWaitMs / 3);
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([subscription.handle(event, { signal }), aborted.promise]);
  } finally {
    clearInterval(keptAlive);
    signal.removeEventListener('abort', onAbort);
  }
}

const asFailure = (error: unknown): DeliveryFailure =>
  error instanceof DeliveryFailure
    ? error
    : new DeliveryFailure(messageOf(error), { reason: 'handler-failed', isFinal: false, cause: error });

async function giveBack(
  failure: DeliveryFailure,
  eventId: string | undefined,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<DeliveryEnd> {
  const { subscription, shutdown } = context;
  const isSpent = delivery.deliveries >= subscription.maxDeliveries && !shutdown.aborted;
  if (failure.isFinal || isSpent) return await buryDelivery(failure, eventId, delivery, context);
  return redeliver(failure, eventId, delivery, context);
}

async function buryDelivery(
  failure: DeliveryFailure,
  eventId: string | undefined,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<DeliveryEnd> {
  const letter = letterOf(failure, eventId, delivery, context);
  try {
    await context.bury(letter);
  } catch (error) {
    context.log.error({ eventId, err: error }, 'dead event could not be kept, it comes again');
    return redeliver(failure, eventId, delivery, context);
  }
  delivery.drop(failure.reason);
  const { type, reason, deliveries, detail } = letter;
  context.log.error({ eventId, type, reason, deliveries, detail }, 'event buried');
  return 'buried';
}

function redeliver(
  failure: Error,
  eventId: string | undefined,
  delivery: Delivery,
  context: DeliveryContext,
): 'retried' {
  const { deliveries } = delivery;
  const delayMs = context.shutdown.aborted ? 0 : redeliveryDelayMs(context.timing.backoffMs, deliveries);
  delivery.retry(delayMs);
  const { type } = context.subscription.contract;
  context.log.warn({ eventId, type, deliveries, delayMs, error: failure.message }, 'event not handled, it comes again');
  return 'retried';
}

function letterOf(
  { reason, message, cause }: DeliveryFailure,
  eventId: string | undefined,
  { subject, body, headers, deliveries }: Delivery,
  { stream, subscription }: DeliveryContext,
): DeadEvent {
  const traceId = traceIdOf(headers);
  const { name = 'Error', stack } = cause instanceof Error ? cause : {};
  return {
    source: 'event',
    reason,
    detail: message,
    exchange: stream,
    key: subject,
    messageId: eventId ?? '',
    type: subscription.contract.type,
    body: Buffer.from(body),
    headers,
    deliveries,
    error: { name, message, ...(stack !== undefined && { stack }) },
    ...(traceId !== undefined && { traceId }),
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
