import { randomUUID } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import mongoose from 'mongoose';
import { z } from 'zod';
import { createEventBus } from './create-event-bus.ts';
import type { DeadEvent } from './dead-event.ts';
import { encodeEvent, type StoredEvent } from './event.ts';
import type { EventBus } from './event-bus.ts';
import { createInlineEvents } from './inline-events.ts';
import type { Subscription } from './subscription.ts';
import type { Timing } from './timing.ts';
import { topologyOf } from './topology.ts';

export const ripened = {
  type: 'fruit.ripened',
  version: 1,
  data: z.object({ fruit: z.string(), grams: z.number().default(100) }),
};

/** An event of that contract, new at each call. */
export const ripe = (fruit: string, more: Partial<StoredEvent> = {}): StoredEvent => ({
  id: randomUUID(),
  type: ripened.type,
  version: 1,
  data: { fruit },
  at: new Date(),
  ...more,
});

/** The event as a dead letter keeps it. */
export const asDead = (event: StoredEvent) => ({ type: event.type, body: encodeEvent(event) });

type BusWish = {
  service?: string;
  subscriptions?: readonly Subscription[];
  timing?: Partial<Timing>;
  /** Default: keeps the letter in `letters`. */
  bury?: (letter: DeadEvent) => Promise<void>;
};

/** A broker of its own with the buses made on it, whichever implementation it is. */
export type World = {
  /** Started. */
  bus(wish?: BusWish): Promise<EventBus>;
  readonly letters: DeadEvent[];
  inject(type: string, body: string): Promise<void>;
  /** Loses all that was told, while the buses go on. */
  wipe(): Promise<void>;
  /** Stops every bus and removes what the world left on shared servers. */
  end(): Promise<void>;
};

/** What only a world with a real broker and a real database can say. */
export type NatsWorld = World & {
  /** Not started, stopped by `end`. */
  startableBus(wish?: BusWish): EventBus;
  /** True once the stream's creation time is remembered. */
  knowsStream(): Promise<boolean>;
  /** How often the inbox of `kitchen` has dropped an event. */
  duplicates(eventId: string): Promise<number>;
  isDatabaseThere(): boolean;
  /** True once the inbox has its index. */
  hasInbox(): Promise<boolean>;
};

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const fast: Partial<Timing> = { backoffMs: [20, 40], reconnectMs: 50, pullMs: 1_000, publishTimeoutMs: 2_000 };

export async function inlineWorld(): Promise<World> {
  const events = createInlineEvents();
  const { track, letters, end } = buses();
  return {
    letters,
    end,
    bus: (wish = {}) =>
      track(
        events.createBus({
          service: 'kitchen',
          log: quiet,
          bury: keepIn(letters),
          ...wish,
          timing: { ...fast, ...wish.timing },
        }),
      ),
    inject: async (type, body) => events.inject(type, body),
    wipe: () => events.wipe(),
  };
}

/** Looks for a wiped stream ten times a second. */
export async function natsWorld({ natsUrl, mongodbUri }: { natsUrl: string; mongodbUri: string }): Promise<NatsWorld> {
  const namePrefix = randomUUID();
  const topology = topologyOf(namePrefix);
  const database = await mongoose.createConnection(mongodbUri, { dbName: `events-${namePrefix}` }).asPromise();
  const nats = await connect({ servers: natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  const { streams } = await jetstreamManager(nats, { checkAPI: false });
  const { track, add, letters, end } = buses();
  const make = (wish: BusWish = {}) => {
    const timing = { ...fast, checkMs: 100, ...wish.timing };
    const options = { service: 'kitchen', natsUrl, database, namePrefix, log: quiet, bury: keepIn(letters) };
    return createEventBus({ ...options, ...wish, timing });
  };
  return {
    letters,
    bus: (wish) => track(make(wish)),
    startableBus: (wish) => add(make(wish)),
    inject: async (type, body) => void (await nats.request(topology.subject(type), body)),
    wipe: async () => void (await streams.delete(topology.stream)),
    knowsStream: async () => (await database.collection('event_streams').countDocuments()) === 1,
    duplicates: async (eventId) =>
      (await database.collection('inbox').findOne({ _id: `kitchen:${eventId}` as never }))?.['duplicates'] ?? 0,
    isDatabaseThere: () => database.readyState === mongoose.ConnectionStates.connected,
    hasInbox: () => database.collection('inbox').indexExists('expiry'),
    async end() {
      await end();
      await streams.delete(topology.stream).catch(() => {});
      await nats.close();
      await database.dropDatabase();
      await database.close();
    },
  };
}

const keepIn = (letters: DeadEvent[]) => async (letter: DeadEvent) => void letters.push(letter);

function buses() {
  const made: EventBus[] = [];
  return {
    letters: [] as DeadEvent[],
    add(bus: EventBus): EventBus {
      made.push(bus);
      return bus;
    },
    async track(bus: EventBus): Promise<EventBus> {
      made.push(bus);
      await bus.start();
      while (!bus.isReady().ready) await new Promise(setImmediate);
      return bus;
    },
    async end(): Promise<void> {
      await Promise.all(made.map((bus) => bus.stop()));
    },
  };
}
