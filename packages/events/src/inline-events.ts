import { randomUUID } from 'node:crypto';
import type { EventBusOptions } from './create-event-bus.ts';
import { type DeliveryContext, processDelivery } from './delivery.ts';
import { encodeEvent, type StoredEvent } from './event.ts';
import type { EventBus } from './event-bus.ts';
import { assertFits, EventTooLarge } from './event-too-large.ts';
import { EventsUnavailable } from './events-unavailable.ts';
import { createMemoryInbox, type Inbox } from './inbox.ts';
import { InlineStream } from './inline-stream.ts';
import { buryTooLarge, type Publishable } from './publisher.ts';
import { Slots } from './slots.ts';
import { assertOneHearerEach, type Subscription } from './subscription.ts';
import { defaultTiming, type Timing } from './timing.ts';
import { streamLimits, topologyOf } from './topology.ts';
import { inPublishSpan } from './trace-context.ts';

type InlineBusOptions = Pick<EventBusOptions, 'service' | 'subscriptions' | 'bury' | 'log' | 'timing'>;

/** A broker in memory, for service tests: the buses made from it hear each other. */
export type InlineEvents = {
  createBus(options: InlineBusOptions): EventBus;
  /** Puts bytes on the subject of a type, as a stranger with access to the broker could. */
  inject(type: string, body: string): void;
  /** Resolves when no event waits for a running bus, and none is at work. */
  settled(): Promise<void>;
  /** Loses all events, and tells the listeners of `onStreamReset`. */
  wipe(): Promise<void>;
};

/** Makes the twin of JetStream: the same delivery code, without broker, database and waiting for the network. */
export function createInlineEvents(): InlineEvents {
  const stream = new InlineStream();
  const inboxes = new Map<string, Inbox>();
  const resetListeners = new Set<() => Promise<void> | void>();
  const inboxOf = (service: string) => {
    const inbox = inboxes.get(service) ?? createMemoryInbox();
    inboxes.set(service, inbox);
    return inbox;
  };
  return {
    createBus: (options) => createInlineBus(options, { stream, inbox: inboxOf(options.service), resetListeners }),
    inject: (type, body) => stream.add({ subject: topology.subject(type), body, headers: {}, messageId: randomUUID() }),
    settled: () => stream.settled(),
    async wipe() {
      stream.wipe();
      for (const listener of resetListeners) await listener();
    },
  };
}

const topology = topologyOf();

type Shared = { stream: InlineStream; inbox: Inbox; resetListeners: Set<() => Promise<void> | void> };

function createInlineBus(options: InlineBusOptions, { stream, inbox, resetListeners }: Shared): EventBus {
  const { service, subscriptions = [], bury, log } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const shutdown = new AbortController();
  const durableOf = (type: string) => topology.durable(service, type);
  assertOneHearerEach(subscriptions, durableOf);
  const contextOf = (subscription: Subscription): DeliveryContext => {
    const durable = durableOf(subscription.contract.type);
    return { stream: topology.stream, durable, subscription, inbox, bury, log, timing, shutdown: shutdown.signal };
  };
  const hearers = subscriptions.map((subscription) => hearerOf(contextOf(subscription)));
  let isRunning = false;

  const tell = async (message: Publishable, messageId: string) => {
    if (!isRunning) throw new EventsUnavailable(`event ${message.type} was not taken: the bus is not started`);
    assertFits(message.type, message.body, streamLimits.maxMessageBytes - streamLimits.headerBytes);
    await addToStream(stream, message, messageId);
  };
  const publish = async (event: StoredEvent) => {
    const body = encodeEvent(event);
    await tell({ ...event, body }, event.id).catch((error: unknown) => {
      if (!(error instanceof EventTooLarge)) throw error;
      return buryTooLarge(event, body, error, { topology, bury, log });
    });
  };
  return {
    async start() {
      isRunning = true;
      for (const { durable, subject, hearer } of hearers) stream.join(durable, subject, hearer);
    },
    async stop() {
      isRunning = false;
      for (const { durable, hearer } of hearers) stream.leave(durable, hearer);
      await drain(hearers, shutdown, timing);
    },
    isReady: () =>
      isRunning ? { ready: true, reasons: [] } : { ready: false, reasons: ['events: the bus is not started'] },
    publish: async (events) => {
      for (const event of events) await publish(event);
    },
    replay: (letter) => tell(letter, randomUUID()),
    onStreamReset(listener) {
      resetListeners.add(listener);
      return () => resetListeners.delete(listener);
    },
  };
}

function hearerOf(context: DeliveryContext) {
  const { durable, subscription } = context;
  const slots = new Slots(subscription.concurrency);
  const subject = topology.subject(subscription.contract.type);
  return {
    durable,
    subject,
    slots,
    hearer: { slots, process: (delivery: Parameters<typeof processDelivery>[0]) => processDelivery(delivery, context) },
  };
}

async function drain(
  hearers: readonly { slots: Slots }[],
  shutdown: AbortController,
  { drainMs }: Timing,
): Promise<void> {
  const drained = setTimeout(() => shutdown.abort(new Error('shutdown')), drainMs);
  await Promise.all(hearers.map(({ slots }) => slots.whenIdle()));
  clearTimeout(drained);
}

function addToStream(stream: InlineStream, message: Publishable, messageId: string): Promise<void> {
  const { type, body } = message;
  const subject = topology.subject(type);
  return inPublishSpan({ ...message, subject }, message, async (headers) => {
    stream.add({ subject, body: typeof body === 'string' ? body : new TextDecoder().decode(body), headers, messageId });
  });
}
