import type { Connection } from 'mongoose';
import type { SentChannel } from '../domain/channel.ts';

/** What gathers messages until a time. */
export type Digest = {
  readonly _id: string;
  readonly recipient: string;
  readonly channel: SentChannel;
  readonly to: string;
  readonly until: Date;
  /** From then on nothing joins it. */
  readonly closedAt: Date | null;
};

export type Digests = ReturnType<typeof createDigests>;

/** Collection `digests`, `_id` derived from person, channel and end: one for each span of time, over all replicas. */
export function createDigests(database: Connection) {
  const rows = () => database.collection<Digest & { expiresAt: Date }>('digests');
  return {
    async open({ _id, ...digest }: Omit<Digest, 'closedAt'>): Promise<void> {
      const expiresAt = new Date(digest.until.getTime() + 7 * 86_400_000);
      await rows().updateOne({ _id }, { $setOnInsert: { ...digest, closedAt: null, expiresAt } }, { upsert: true });
    },
    isClosed: async (_id: string): Promise<boolean> => (await rows().findOne({ _id }))?.closedAt != null,
    async close(_id: string): Promise<Digest | null> {
      await rows().updateOne({ _id, closedAt: null }, { $set: { closedAt: new Date() } });
      return rows().findOne({ _id });
    },
    async createIndexes(): Promise<void> {
      await rows().createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0, name: 'expiry' });
    },
  };
}
