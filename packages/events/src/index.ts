export { createEventBus, type EventBusOptions } from './create-event-bus.ts';
export type { BurialReason, Bury, DeadEvent } from './dead-event.ts';
export type { HeardEvent, StoredEvent } from './event.ts';
export type { EventBus, Replayable } from './event-bus.ts';
export { EventsUnavailable } from './events-unavailable.ts';
export { createInlineEvents, type InlineEvents } from './inline-events.ts';
export { createOutbox, type Outbox, type OutboxFields, outboxEvent, storing } from './outbox.ts';
export { type EventHandler, onEvent, type Subscription, type SubscriptionOptions } from './subscription.ts';
export type { Timing } from './timing.ts';
