import { isDuplicateKey } from '@millrace/jobs';
import type { Connection } from 'mongoose';
import { type Category, categories } from '../domain/category.ts';
import type { Notice } from '../domain/notice.ts';
import { allChanged, type Feeds } from './feeds.ts';

/** An inbox entry as it is stored. */
export type Notification = Notice & {
  readonly seenAt: Date | null;
  readonly readAt: Date | null;
  readonly archivedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

type NotificationRow = Omit<Notification, 'id'> & { _id: string };

/** What was done to an entry. Reading implies having seen. */
export type Mark = 'seen' | 'read' | 'archive';

export const states = ['active', 'unread', 'read', 'unseen', 'seen', 'archived', 'all'] as const;
/** `active`, the default of the list, is everything but what is archived. Archived entries are neither unread nor unseen. */
type State = (typeof states)[number];

/** Where a page ended: the last entry on it. */
type Position = { readonly createdAt: Date; readonly id: string };

type ListQuery = {
  readonly recipient: string;
  readonly state: State;
  readonly category?: Category | undefined;
  readonly after?: Position | undefined;
  readonly limit: number;
};

/** How long entries stay. */
type Kept = {
  /** From the day on which one was read, and from the day on which it was archived. */
  readonly days: number;
  /** From the day on which one came, also unread. */
  readonly unreadDays: number;
};

export type Notifications = {
  /** Writes each notice once, however often it is given. @param isArchived whether it lies in the archive from the start; default not. */
  add(notices: readonly Notice[], how?: { readonly isArchived: boolean }): Promise<void>;
  /** Whether somebody has read an entry or put it away; one that is gone counts as read. */
  isRead(id: string): Promise<boolean>;
  /** Newest first. */
  list(query: ListQuery): Promise<Notification[]>;
  /** By id, in no particular order; what is not the recipient's is left out. */
  find(recipient: string, ids: readonly string[]): Promise<Notification[]>;
  /** Exact. */
  countUnread(recipient: string): Promise<number>;
  /** Exact, of one moment; a category without unread entries counts 0. */
  countUnreadByCategory(recipient: string): Promise<Record<Category, number>>;
  /** Marks an entry; a second time changes nothing. Undefined when the recipient has no such entry. */
  mark(recipient: string, id: string, mark: Mark): Promise<Notification | undefined>;
  /** Reads all that is unread; returns how many that were. */
  readAll(recipient: string): Promise<number>;
  /** Also has the database delete what is over its age; whatever was kept by another age before is kept by this one from now on. */
  createIndexes(kept: Kept): Promise<void>;
};

const filterOf: Readonly<Record<State, Readonly<Record<string, unknown>>>> = {
  active: { archivedAt: null },
  unread: { readAt: null, archivedAt: null },
  read: { readAt: { $ne: null }, archivedAt: null },
  unseen: { seenAt: null, archivedAt: null },
  seen: { seenAt: { $ne: null }, archivedAt: null },
  archived: { archivedAt: { $ne: null } },
  all: {},
};

const fieldsOf = {
  seen: ['seenAt'],
  read: ['seenAt', 'readAt'],
  archive: ['archivedAt'],
} as const satisfies Record<Mark, readonly (keyof Notification)[]>;

const collection = 'notifications';

/** Collection `notifications`, `_id` = the notice's id. */
export function createNotifications(database: Connection, feeds: Feeds): Notifications {
  const rows = () => database.collection<NotificationRow>(collection);

  const addOne = async ({ id, ...notice }: Notice, isArchived: boolean) => {
    const now = new Date();
    const marks = { seenAt: null, readAt: null, archivedAt: isArchived ? now : null };
    const row = { _id: id, ...notice, ...marks, createdAt: now, updatedAt: now };
    await rows().insertOne(row).catch(ignoreDuplicate);
    // Also for an entry that was there: whoever wrote it may have died before telling.
    await feeds.append(notice.recipient, { id });
  };
  const find = async (recipient: string, ids: readonly string[]) =>
    (
      await rows()
        .find({ _id: { $in: [...ids] }, recipient })
        .toArray()
    ).map(fromRow);

  return {
    find,
    async add(notices, { isArchived } = { isArchived: false }) {
      for (const notice of notices) await addOne(notice, isArchived);
    },
    isRead: async (id) => (await rows().countDocuments({ _id: id, ...filterOf.unread })) === 0,
    async list({ recipient, state, category, after, limit }) {
      const filter = { recipient, ...filterOf[state], ...(category && { category }), ...(after && beyond(after)) };
      return (await rows().find(filter).sort({ createdAt: -1, _id: -1 }).limit(limit).toArray()).map(fromRow);
    },
    countUnread: (recipient) => rows().countDocuments({ recipient, ...filterOf.unread }),
    async countUnreadByCategory(recipient) {
      const group = { $group: { _id: '$category', count: { $sum: 1 } } };
      const unread = { $match: { recipient, ...filterOf.unread } };
      const found = await rows().aggregate<{ _id: Category; count: number }>([unread, group]).toArray();
      const countOf = new Map(found.map(({ _id, count }) => [_id, count]));
      return Object.fromEntries(categories.map((name) => [name, countOf.get(name) ?? 0])) as Record<Category, number>;
    },
    async mark(recipient, id, mark) {
      const now = new Date();
      // Each time is set once: the first one counts.
      const updates = fieldsOf[mark].map((field) => ({
        updateOne: {
          filter: { _id: id, recipient, [field]: null },
          update: { $set: { [field]: now, updatedAt: now } },
        },
      }));
      await rows().bulkWrite(updates);
      const [marked] = await find(recipient, [id]);
      if (marked) await feeds.append(recipient, { id });
      return marked;
    },
    async readAll(recipient) {
      const now = new Date();
      const unseen = { recipient, ...filterOf.unread, seenAt: null };
      await rows().updateMany(unseen, { $set: { seenAt: now } });
      const update = { $set: { readAt: now, updatedAt: now } };
      const { modifiedCount } = await rows().updateMany({ recipient, ...filterOf.unread }, update);
      await feeds.append(recipient, allChanged);
      return modifiedCount;
    },
    async createIndexes({ days, unreadDays }) {
      await rows().createIndexes([
        { key: { recipient: 1, createdAt: -1, _id: -1 }, name: 'list' },
        { key: { recipient: 1, category: 1, createdAt: -1, _id: -1 }, name: 'list-by-category' },
        { key: { recipient: 1, readAt: 1, archivedAt: 1 }, name: 'unread' },
      ]);
      // Of what has no such time the database deletes nothing.
      const ages = { readAt: days, archivedAt: days, createdAt: unreadDays };
      for (const [field, age] of Object.entries(ages)) await expire(database, field, age);
    },
  };
}

const optionsConflict = 85;

async function expire(database: Connection, field: string, days: number): Promise<void> {
  const [name, expireAfterSeconds] = [`expiry-${field}`, days * 86_400];
  try {
    await database.collection(collection).createIndex({ [field]: 1 }, { name, expireAfterSeconds });
  } catch (error) {
    if ((error as { code?: unknown }).code !== optionsConflict) throw error;
    await database.db?.command({ collMod: collection, index: { name, expireAfterSeconds } });
  }
}

const beyond = ({ createdAt, id }: Position) => ({
  $or: [{ createdAt: { $lt: createdAt } }, { createdAt, _id: { $lt: id } }],
});

const fromRow = ({ _id, ...row }: NotificationRow): Notification => ({ id: _id, ...row });

function ignoreDuplicate(error: unknown): void {
  if (!isDuplicateKey(error)) throw error;
}
