import type { Connection } from 'mongoose';

/** One person's recent changes in the order in which they became visible; `sequence` counts all there ever were. */
export type Feed = { readonly recipient: string; readonly sequence: number; readonly changes: readonly Change[] };

/** The notification that changed, or `all` when many changed at once. */
export type Change = { readonly id: string };

export const allChanged: Change = { id: 'all' };

/** Who was away for longer than this many changes gets a snapshot instead. */
const KEPT = 100;

type FeedRow = { _id: string; sequence: number; changes: Change[] };

export type Feeds = {
  /** Adds a change: call it after the change itself has been written. */
  append(recipient: string, change: Change): Promise<void>;
  /** Those that exist, in no particular order. */
  read(recipients: readonly string[]): Promise<Feed[]>;
  /** An empty feed for somebody who was never told anything. */
  readOne(recipient: string): Promise<Feed>;
  /** Of those that exist, how many changes there ever were. */
  sequences(recipients: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Calls back after each `append` of this process. */
  onAppended(listener: (recipient: string) => void): void;
};

/**
 * Collection `feeds`: counter and changes move in one write of one document, so that a reader of any replica who has
 * seen number n has seen all before it. A number that is drawn first and written later would leave gaps to wait for.
 */
export function createFeeds(database: Connection): Feeds {
  const rows = () => database.collection<FeedRow>('feeds');
  const listeners: ((recipient: string) => void)[] = [];
  const read = async (recipients: readonly string[]) => {
    const found = await rows()
      .find({ _id: { $in: [...recipients] } })
      .toArray();
    return found.map(({ _id, sequence, changes }) => ({ recipient: _id, sequence, changes }));
  };
  return {
    read,
    async readOne(recipient) {
      const [feed] = await read([recipient]);
      return feed ?? { recipient, sequence: 0, changes: [] };
    },
    async append(recipient, change) {
      const update = { $inc: { sequence: 1 }, $push: { changes: { $each: [change], $slice: -KEPT } } };
      await rows().updateOne({ _id: recipient }, update, { upsert: true });
      for (const listener of listeners) listener(recipient);
    },
    async sequences(recipients) {
      if (recipients.length === 0) return new Map();
      const found = await rows()
        .find({ _id: { $in: [...recipients] } }, { projection: { sequence: 1 } })
        .toArray();
      return new Map(found.map(({ _id, sequence }) => [_id, sequence]));
    },
    onAppended: (listener) => void listeners.push(listener),
  };
}

/** The changes after number `sequence`; undefined when some of them are no longer kept, or the number is not one of this feed. */
export function changesAfter(feed: Feed, sequence: number): { sequence: number; change: Change }[] | undefined {
  const missed = feed.sequence - sequence;
  if (!Number.isInteger(sequence) || missed < 0 || missed > feed.changes.length) return undefined;
  const first = feed.changes.length - missed;
  return feed.changes.slice(first).map((change, index) => ({ sequence: sequence + index + 1, change }));
}
