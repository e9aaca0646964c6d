import { isDuplicateKey } from '@millrace/jobs';
import type { Connection } from 'mongoose';

export type Throttle = {
  /** Whether this delivery may go: the first under its key in the span may, and may again when it is asked once more. */
  admits(key: string, deliveryId: string, now: Date, spanMs: number): Promise<boolean>;
  createIndexes(): Promise<void>;
};

/** Collection `throttle`: who was told last under each key. */
export function createThrottle(database: Connection): Throttle {
  const rows = () => database.collection<{ _id: string; deliveryId: string; toldAt: Date }>('throttle');
  return {
    async admits(_id, deliveryId, now, spanMs) {
      const isOver = { toldAt: { $lte: new Date(now.getTime() - spanMs) } };
      try {
        await rows().updateOne(
          { _id, $or: [isOver, { deliveryId }] },
          { $set: { deliveryId }, $max: { toldAt: now } },
          { upsert: true },
        );
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    async createIndexes() {
      await rows().createIndex({ toldAt: 1 }, { expireAfterSeconds: 86_400, name: 'expiry' });
    },
  };
}
