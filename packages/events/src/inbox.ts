import type { Connection } from 'mongoose';
import { inboxAgeMs } from './topology.ts';

/** Which events a service has handled already. */
export type Inbox = {
  /** True when the event was handled before; counts the repetition. */
  knows(eventId: string): Promise<boolean>;
  /** Call after the handler has succeeded. Safe twice. */
  add(eventId: string): Promise<void>;
};

type InboxRow = { _id: string; at: Date; duplicates: number };

const duplicateKey = 11_000;

/** An inbox in the service's own database: collection `inbox`, `_id` = `<service>:<event id>`, kept for 14 days. */
export function createInbox(database: Connection, service: string): Inbox & { createIndexes(): Promise<void> } {
  const rows = () => database.collection<InboxRow>('inbox');
  const idOf = (eventId: string) => `${service}:${eventId}`;
  return {
    async knows(eventId) {
      const { matchedCount } = await rows().updateOne({ _id: idOf(eventId) }, { $inc: { duplicates: 1 } });
      return matchedCount === 1;
    },
    async add(eventId) {
      try {
        await rows().insertOne({ _id: idOf(eventId), at: new Date(), duplicates: 0 });
      } catch (error) {
        if ((error as { code?: unknown }).code !== duplicateKey) throw error;
      }
    },
    async createIndexes() {
      await rows().createIndex({ at: 1 }, { expireAfterSeconds: inboxAgeMs / 1_000, name: 'expiry' });
    },
  };
}

/** An inbox that forgets at the end of the process. */
export function createMemoryInbox(): Inbox {
  const known = new Set<string>();
  return {
    knows: async (eventId) => known.has(eventId),
    add: async (eventId) => void known.add(eventId),
  };
}
