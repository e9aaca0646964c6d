import type { z } from 'zod';
import type { Contract, HeardEvent } from './event.ts';

export type EventHandler<Data> = (
  event: HeardEvent<Data>,
  context: {
    /** Aborts at the handler's timeout and when a shutdown no longer waits. */
    readonly signal: AbortSignal;
  },
) => Promise<void>;

export type SubscriptionOptions = {
  /** Handlers of this subscription at once, per process. Default 16. */
  readonly concurrency?: number;
  /** Deliveries after which an event that cannot be handled is buried. Default 8. */
  readonly maxDeliveries?: number;
};

/** One event type together with the code that hears it. */
export type Subscription = {
  readonly contract: Contract;
  readonly handle: EventHandler<unknown>;
  readonly concurrency: number;
  readonly maxDeliveries: number;
};

/**
 * Joins an event's contract and its handler.
 *
 * - Told at least once: make the effect idempotent by `event.id`. The inbox drops most repetitions, not all.
 * - Not in order: up to `concurrency` events are handled at once and a failed one comes back later, also behind
 *   newer events of the same subject. Where order matters, compare `event.at` or a version inside the data.
 * - A throw is a redelivery with backoff; after `maxDeliveries` the event goes to the service's dead letters.
 * - A subscription that is new starts with the oldest event that the stream still holds (7 days).
 * @example
 * onEvent(campaignSeeded, async (event, { signal }) => { … })
 */
export function onEvent<Data extends z.ZodType>(
  contract: Contract<Data>,
  handle: EventHandler<z.output<Data>>,
  { concurrency = 16, maxDeliveries = 8 }: SubscriptionOptions = {},
): Subscription {
  return { contract, handle: handle as EventHandler<unknown>, concurrency, maxDeliveries };
}

/** @throws Error when two subscriptions of one service would share a durable, and so each miss what the other takes. */
export function assertOneHearerEach(subscriptions: readonly Subscription[], durableOf: (type: string) => string): void {
  const types = new Map<string, string>();
  for (const { contract } of subscriptions) {
    const durable = durableOf(contract.type);
    const other = types.get(durable);
    if (other !== undefined)
      throw new Error(`events ${other} and ${contract.type} share the durable ${durable}; hear each type once`);
    types.set(durable, contract.type);
  }
}
