import { context, propagation } from '@opentelemetry/api';
import type { Connection, mongo } from 'mongoose';
import type { StoredEvent } from './event.ts';
import type { EventBus } from './event-bus.ts';
import { assertFits } from './event-too-large.ts';
import type { Log } from './log.ts';
import { streamLimits } from './topology.ts';

/** What an aggregate keeps of the facts that no job tells: stored by the very write that makes them true. */
export type OutboxFields = {
  /** The last ones, told or not; they can be told again. */
  readonly outbox?: readonly StoredEvent[];
  /** When the oldest untold one came; absent when all are told, so that `$min` keeps the oldest. */
  readonly outboxAt?: Date;
};

type Row = OutboxFields & { readonly _id: string; readonly revision: number };

const untold = ({ outbox = [], outboxAt }: Row): StoredEvent[] =>
  outboxAt ? outbox.filter(({ at }) => at >= outboxAt) : [];

/** So many are kept for telling again; an aggregate that tells more within a day needs a job. */
const KEPT = 20;
const BATCH = 200;

/**
 * A fact on its way into an aggregate: its id is `<aggregateId>:<revision>`, so that whoever repeats the write repeats the id.
 * @param revision the one that the write makes.
 * @throws EventTooLarge when its data has more than 1 MiB as JSON: nothing is to be stored that cannot be told.
 */
export function outboxEvent(
  aggregateId: string,
  revision: number,
  draft: { type: string; version: number; data: unknown },
  at: Date,
): StoredEvent {
  assertFits(draft.type, JSON.stringify(draft.data), streamLimits.maxDataBytes);
  const trace: { traceparent?: string; tracestate?: string } = {};
  propagation.inject(context.active(), trace);
  return { id: `${aggregateId}:${revision}`, type: draft.type, version: draft.version, data: draft.data, at, ...trace };
}

/** The part of the aggregate's update that stores a fact. */
export const storing = (event: StoredEvent) => ({
  $push: { outbox: { $each: [event], $slice: -KEPT } },
  $min: { outboxAt: event.at },
});

export type Outbox = {
  /** Tells what these aggregates have just stored, together. Never throws: what is not told stays stored, and the relay tells it. */
  tell(rows: readonly Row[]): Promise<void>;
  /** Tells what has waited for longer than `afterMs`: whoever stored it died, or the bus was away. Any replica may do so. */
  relay(): Promise<void>;
  /** Makes what was stored since a time wait to be told again, under its old ids. @returns of how many aggregates. */
  tellAgain(since: Date): Promise<number>;
};

/** What was stored at the same moment is struck out by one update. */
function alike(rows: readonly Row[]) {
  const groups = Map.groupBy(rows, ({ revision, outboxAt }) => `${revision} ${outboxAt?.getTime()}`);
  return [...groups.values()].map((some) => ({
    ids: some.map(({ _id }) => _id),
    revision: some[0]?.revision,
    outboxAt: some[0]?.outboxAt ?? null,
  }));
}

/**
 * The outbox of the aggregates in one collection, each with a `revision` that every change raises.
 * @param afterMs default 2 s.
 */
export function createOutbox({
  database,
  collection,
  bus,
  log,
  afterMs = 2_000,
}: {
  database: Connection;
  collection: string;
  bus: Pick<EventBus, 'publish'>;
  log: Log;
  afterMs?: number;
}): Outbox {
  const rows = (): mongo.Collection<Row> => database.getClient().db(database.name).collection<Row>(collection);

  const tell = async (told: readonly Row[]): Promise<void> => {
    const events = told.flatMap(untold);
    if (events.length === 0) return;
    try {
      await bus.publish(events);
      // Only if nothing was stored since, nor is to be told again: what changed meanwhile is told whole again.
      await rows().bulkWrite(
        alike(told).map(({ ids, revision, outboxAt }) => ({
          updateMany: {
            filter: { _id: { $in: ids }, revision, outboxAt } as mongo.Filter<Row>,
            update: { $unset: { outboxAt: '' } },
          },
        })),
        { ordered: false },
      );
    } catch (error) {
      log.warn({ collection, events: events.length, err: error }, 'stored events are not told yet');
    }
  };

  return {
    tell,
    async relay() {
      const before = new Date(Date.now() - afterMs);
      await tell(
        await rows()
          .find({ outboxAt: { $lt: before } })
          .sort({ outboxAt: 1 })
          .limit(BATCH)
          .toArray(),
      );
    },
    async tellAgain(since) {
      const { modifiedCount } = await rows().updateMany(
        { 'outbox.at': { $gte: since } },
        { $min: { outboxAt: since } },
      );
      return modifiedCount;
    },
  };
}
