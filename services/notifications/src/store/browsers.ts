import type { Connection } from 'mongoose';
import { type Browser, browserId, browsersKept } from '../domain/browser.ts';

type Registration = Pick<Browser, 'recipient' | 'endpoint' | 'keys' | 'name'>;

export type Browsers = ReturnType<typeof createBrowsers>;

/** Collection `browsers`: where people are told by web push. */
export function createBrowsers(database: Connection) {
  const rows = () => database.collection<Browser>('browsers');
  /** Newest first. */
  const list = (recipient: string): Promise<Browser[]> =>
    rows().find({ recipient }).sort({ createdAt: -1, _id: -1 }).toArray();
  return {
    list,

    /** The same browser again is told once; whoever registers it last is told there. */
    async register({ endpoint, recipient, keys, name }: Registration): Promise<Browser> {
      const now = new Date();
      const _id = browserId(endpoint);
      const update = { $set: { recipient, endpoint, keys, name, updatedAt: now }, $setOnInsert: { createdAt: now } };
      const browser = await rows().findOneAndUpdate({ _id }, update, { upsert: true, returnDocument: 'after' });
      if (!browser) throw new Error(`browser ${_id} was written and is gone`);
      const tooMany = (await list(recipient)).filter((one) => one._id !== _id).slice(browsersKept - 1);
      await rows().deleteMany({ recipient, _id: { $in: tooMany.map((one) => one._id) } });
      return browser;
    },

    /** Null when it was signed off, or is somebody else's by now. */
    find: (recipient: string, endpoint: string): Promise<Browser | null> =>
      rows().findOne({ _id: browserId(endpoint), recipient }),

    remove: async (recipient: string, _id: string): Promise<boolean> =>
      (await rows().deleteOne({ _id, recipient })).deletedCount === 1,

    /** Its push service knows it no more. */
    async forget(endpoint: string): Promise<void> {
      await rows().deleteOne({ _id: browserId(endpoint) });
    },

    async createIndexes(): Promise<void> {
      await rows().createIndex({ recipient: 1, createdAt: -1 }, { name: 'list' });
    },
  };
}
