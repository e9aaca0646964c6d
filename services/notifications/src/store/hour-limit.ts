import { isDuplicateKey } from '@millrace/jobs';
import type { Connection } from 'mongoose';
import type { Channel } from '../domain/channel.ts';

const hourMs = 3_600_000;

export type HourLimit = ReturnType<typeof createHourLimit>;

/** The end of the hour by the clock. */
export const endOfHour = (now: Date): Date => new Date((Math.floor(now.getTime() / hourMs) + 1) * hourMs);

/** Collection `hours`: what goes to each person by each channel within an hour of the clock. @param limit so many may; 0 for all. */
export function createHourLimit(database: Connection, limit: number) {
  const rows = () => database.collection<{ _id: string; count: number; ids: string[]; endsAt: Date }>('hours');
  return {
    /** Whether this delivery may still go; asked again within the hour, the answer is the same. */
    async admits(recipient: string, channel: Channel, deliveryId: string, now: Date): Promise<boolean> {
      if (limit === 0) return true;
      const endsAt = endOfHour(now);
      const _id = `${recipient}|${channel}|${endsAt.toISOString()}`;
      if ((await rows().countDocuments({ _id, ids: deliveryId })) > 0) return true;
      const withRoom = { _id, count: { $lt: limit } };
      const taken = { $inc: { count: 1 }, $push: { ids: deliveryId }, $setOnInsert: { endsAt } };
      try {
        await rows().updateOne(withRoom, taken, { upsert: true });
        return true;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // It is full, or another has opened the hour in the same moment.
        return (await rows().updateOne(withRoom, taken)).matchedCount === 1;
      }
    },

    async createIndexes(): Promise<void> {
      await rows().createIndex({ endsAt: 1 }, { expireAfterSeconds: 3_600, name: 'expiry' });
    },
  };
}
