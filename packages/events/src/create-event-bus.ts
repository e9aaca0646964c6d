import type { Connection } from 'mongoose';
import type { Bury } from './dead-event.ts';
import type { EventBus } from './event-bus.ts';
import type { Log } from './log.ts';
import { NatsEventBus } from './nats-event-bus.ts';
import type { Subscription } from './subscription.ts';
import { defaultTiming, type Timing } from './timing.ts';
import { topologyOf } from './topology.ts';

export type EventBusOptions = {
  /** Names the durables and the inbox entries. */
  readonly service: string;
  /** `nats://host:port`, several separated by commas. */
  readonly natsUrl: string;
  /** The service's own database: collections `inbox` and `event_streams`. While it is away nothing is pulled. */
  readonly database: Connection;
  readonly subscriptions?: readonly Subscription[];
  /** Where events go that cannot be handled, or are too large to be told. */
  readonly bury: Bury;
  readonly log: Log;
  readonly timing?: Partial<Timing>;
  /** Prefix of stream and subjects, to keep buses apart on one server. Default none. */
  readonly namePrefix?: string;
  /** Copies of the stream in a NATS cluster. Default 1. */
  readonly replicas?: number;
};

/**
 * Makes an event bus over NATS JetStream. Does no I/O before `start`.
 * @throws Error when two subscriptions would share a durable.
 */
export function createEventBus({
  subscriptions = [],
  timing,
  namePrefix,
  replicas = 1,
  ...options
}: EventBusOptions): EventBus {
  return new NatsEventBus({
    ...options,
    subscriptions,
    replicas,
    timing: { ...defaultTiming, ...timing },
    topology: topologyOf(namePrefix),
  });
}
