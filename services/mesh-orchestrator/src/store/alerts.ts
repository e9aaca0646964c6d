import { jobAlerted } from '@millrace/contracts/mesh';
import { type OutboxFields, outboxEvent, storing } from '@millrace/events';
import { modelOf } from '@millrace/service/model';
import type { Connection } from 'mongoose';
import type { z } from 'zod';

/** What goes wrong with jobs, by its cause. */
export type Alert = OutboxFields & {
  readonly _id: string;
  /** Counts the times that it was told. */
  readonly revision: number;
  /** Since it was told last. */
  readonly count: number;
  readonly toldAt: Date | null;
};

export type AlertFacts = Omit<z.input<typeof jobAlerted.data>, 'count'>;

/** @param everyMs the same cause is told once in so long. */
export function alertsIn(database: Connection, { everyMs }: { everyMs: number }) {
  const model = modelOf<Alert>(database, 'alerts', [
    [{ outboxAt: 1 }, { partialFilterExpression: { outboxAt: { $exists: true } } }],
  ]);
  return {
    /** Counts a failure. @returns the cause when it is to be told now, by whoever is first to find it due; else null. */
    async raise(facts: AlertFacts, at: Date): Promise<Alert | null> {
      const counted = await model
        .findOneAndUpdate(
          { _id: facts.fingerprint },
          { $inc: { count: 1 }, $setOnInsert: { revision: 0, toldAt: null } } as never,
          { upsert: true, returnDocument: 'after' },
        )
        .lean<Alert>()
        .exec();
      if (!counted || (counted.toldAt && counted.toldAt.getTime() > at.getTime() - everyMs)) return null;
      const event = outboxEvent(
        facts.fingerprint,
        counted.revision + 1,
        jobAlerted({ ...facts, count: counted.count }),
        at,
      );
      return model
        .findOneAndUpdate(
          { _id: counted._id, revision: counted.revision } as never,
          { $set: { toldAt: at, count: 0 }, $inc: { revision: 1 }, ...storing(event) } as never,
          { returnDocument: 'after' },
        )
        .lean<Alert>()
        .exec();
    },
  };
}
