import type { Connection } from 'mongoose';
import type { Channel } from '../domain/channel.ts';

/** An address to which nothing is sent any more. */
export type Suppression = {
  readonly _id: string;
  readonly channel: Channel;
  readonly address: string;
  readonly reason: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type Suppressions = ReturnType<typeof createSuppressions>;

const idOf = (channel: Channel, address: string): string =>
  Buffer.from(`${channel}:${channel === 'email' ? address.toLowerCase() : address}`).toString('base64url');

/** Collection `suppressions`. */
export function createSuppressions(database: Connection) {
  const rows = () => database.collection<Suppression>('suppressions');
  return {
    async add(channel: Channel, address: string, reason: string): Promise<void> {
      const now = new Date();
      const fields = { channel, address, reason, createdAt: now, updatedAt: now };
      await rows().updateOne({ _id: idOf(channel, address) }, { $setOnInsert: fields }, { upsert: true });
    },
    reasonOf: async (channel: Channel, address: string): Promise<string | null> =>
      (await rows().findOne({ _id: idOf(channel, address) }))?.reason ?? null,
    list: (after: Record<string, unknown>, limit: number): Promise<Suppression[]> =>
      rows().find(after).sort({ createdAt: -1, _id: -1 }).limit(limit).toArray(),
    remove: async (_id: string): Promise<boolean> => (await rows().deleteOne({ _id })).deletedCount === 1,
  };
}
