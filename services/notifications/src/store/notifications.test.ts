import { randomUUID } from 'node:crypto';
import { components } from '@millrace/testkit';
import mongoose from 'mongoose';
import type { Notice } from '../domain/notice.ts';
import { changesAfter, createFeeds } from './feeds.ts';
import { createNotifications } from './notifications.ts';

const setup = async () => {
  const dbName = `notifications-${randomUUID()}`;
  const database = await mongoose.createConnection(components().mongodbUri, { dbName }).asPromise();
  const feeds = createFeeds(database);
  const notifications = createNotifications(database, feeds);
  await notifications.createIndexes({ days: 90, unreadDays: 365 });
  return {
    database,
    feeds,
    notifications,
    async [Symbol.asyncDispose]() {
      await database.dropDatabase();
      await database.close();
    },
  };
};

const notice = (recipient: string, more: Partial<Notice> = {}): Notice => ({
  id: randomUUID(),
  recipient,
  category: 'campaign',
  title: 'Neon Harbour is ready',
  body: 'It holds 643 schticks.',
  link: '/campaigns/neon-harbour',
  locale: 'en',
  eventId: randomUUID(),
  traceId: null,
  ...more,
});

describe('inbox entries', () => {
  it('are written once, however often and however simultaneously they are told', async () => {
    await using world = await setup();
    const { notifications } = world;
    const told = notice('ada');

    await Promise.all(Array.from({ length: 10 }, () => notifications.add([told])));

    const [entry, ...others] = await notifications.list({ recipient: 'ada', state: 'all', limit: 10 });
    expect(entry).toEqual({
      ...told,
      seenAt: null,
      readAt: null,
      archivedAt: null,
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    });
    expect(others).toEqual([]);
    expect(await notifications.countUnread('ada')).toBe(1);
  });

  it('are deleted by the database at the ages that were set last', async () => {
    await using world = await setup();
    await world.notifications.createIndexes({ days: 30, unreadDays: 60 });

    const indexes = await world.database.collection('notifications').indexes();
    const ages = indexes.flatMap(({ key, expireAfterSeconds }) =>
      expireAfterSeconds === undefined ? [] : [[Object.keys(key).join(), expireAfterSeconds / 86_400]],
    );

    expect(Object.fromEntries(ages)).toEqual({ readAt: 30, archivedAt: 30, createdAt: 60 });
  });

  it('keep their marks when the event is told again', async () => {
    await using world = await setup();
    const { notifications } = world;
    const told = notice('ada');
    await notifications.add([told]);
    const read = await notifications.mark('ada', told.id, 'read');

    await notifications.add([told]);

    expect(await notifications.find('ada', [told.id])).toEqual([read]);
  });

  it('keep the first time of each mark, and reading implies having seen', async () => {
    await using world = await setup();
    const { notifications } = world;
    const told = notice('ada');
    await notifications.add([told]);

    const first = await notifications.mark('ada', told.id, 'read');
    const second = await notifications.mark('ada', told.id, 'read');

    expect(second).toEqual(first);
    expect(first?.seenAt).toEqual(first?.readAt);
    expect(first?.readAt).toBeInstanceOf(Date);
  });

  it('are nobody else’s', async () => {
    await using world = await setup();
    const { notifications, feeds } = world;
    const told = notice('ada');
    await notifications.add([told]);

    expect(await notifications.mark('bob', told.id, 'archive')).toBeUndefined();
    expect(await notifications.find('bob', [told.id])).toEqual([]);
    expect(await notifications.countUnread('bob')).toBe(0);
    expect((await feeds.readOne('bob')).sequence).toBe(0);
    expect((await notifications.find('ada', [told.id]))[0]?.archivedAt).toBeNull();
  });

  it('are listed by state, and counted as unread exactly', async () => {
    await using world = await setup();
    const { notifications } = world;
    const told = Array.from({ length: 5 }, (_, index) => notice('ada', { title: `${index}` }));
    await notifications.add(told);
    const [seen, read, archived, readAndArchived] = told.map(({ id }) => id) as [string, string, string, string];
    await notifications.mark('ada', seen, 'seen');
    await notifications.mark('ada', read, 'read');
    await notifications.mark('ada', archived, 'archive');
    await notifications.mark('ada', readAndArchived, 'read');
    await notifications.mark('ada', readAndArchived, 'archive');

    const titles = async (state: 'active' | 'unread' | 'read' | 'unseen' | 'seen' | 'archived' | 'all') =>
      (await notifications.list({ recipient: 'ada', state, limit: 10 })).map(({ title }) => title).sort();

    expect(await titles('active')).toEqual(['0', '1', '4']);
    expect(await titles('unread')).toEqual(['0', '4']);
    expect(await titles('read')).toEqual(['1']);
    expect(await titles('unseen')).toEqual(['4']);
    expect(await titles('seen')).toEqual(['0', '1']);
    expect(await titles('archived')).toEqual(['2', '3']);
    expect(await titles('all')).toEqual(['0', '1', '2', '3', '4']);
    expect(await notifications.countUnread('ada')).toBe(2);
  });

  it('are counted as unread by category, exactly', async () => {
    await using world = await setup();
    const { notifications } = world;
    const meshes = Array.from({ length: 120 }, () => notice('ada', { category: 'mesh' }));
    const [read, archived] = [notice('ada', { category: 'mesh' }), notice('ada', { category: 'music' })];
    await notifications.add([...meshes, read, archived, notice('ada'), notice('bob', { category: 'mesh' })]);
    await notifications.mark('ada', read.id, 'read');
    await notifications.mark('ada', archived.id, 'archive');

    const counts = await notifications.countUnreadByCategory('ada');

    expect(counts).toEqual({ campaign: 1, mesh: 120, music: 0, project: 0, operations: 0 });
    expect(await notifications.countUnread('ada')).toBe(121);
  });

  it('are all read at once, once', async () => {
    await using world = await setup();
    const { notifications } = world;
    await notifications.add([notice('ada'), notice('ada'), notice('bob')]);

    expect(await notifications.readAll('ada')).toBe(2);
    expect(await notifications.readAll('ada')).toBe(0);

    expect(await notifications.countUnread('ada')).toBe(0);
    expect(await notifications.countUnread('bob')).toBe(1);
    const entries = await notifications.list({ recipient: 'ada', state: 'all', limit: 10 });
    expect(entries.every(({ seenAt, readAt }) => seenAt !== null && readAt !== null)).toBe(true);
  });

  it('come newest first, page by page, without a gap or a repetition', async () => {
    await using world = await setup();
    const { notifications, database } = world;
    await notifications.add(Array.from({ length: 7 }, () => notice('ada')));
    // The same instant for several of them: then the id decides.
    const rows = database.collection('notifications');
    await rows.updateMany({}, { $set: { createdAt: new Date(5_000) } });
    const whole = await notifications.list({ recipient: 'ada', state: 'all', limit: 100 });

    const pages = [];
    for (let after = undefined as (typeof whole)[number] | undefined; ; ) {
      const page = await notifications.list({ recipient: 'ada', state: 'all', limit: 3, after });
      if (page.length === 0) break;
      pages.push(page.length);
      expect(page).toEqual(whole.splice(0, page.length));
      after = page.at(-1);
    }

    expect(pages).toEqual([3, 3, 1]);
  });
});

describe('a feed', () => {
  it('numbers concurrent changes without a gap', async () => {
    await using world = await setup();
    const { feeds } = world;
    const ids = Array.from({ length: 50 }, (_, index) => `${index}`);

    await Promise.all(ids.map((id) => feeds.append('ada', { id })));

    const feed = await feeds.readOne('ada');
    const changes = changesAfter(feed, 0) ?? [];
    expect(changes.map(({ sequence }) => sequence)).toEqual(ids.map((_, index) => index + 1));
    expect(changes.map(({ change }) => change.id).sort()).toEqual([...ids].sort());
  });

  it('has no changes for who was away too long, or counts by another feed', async () => {
    await using world = await setup();
    const { feeds } = world;
    for (let index = 0; index < 105; index++) await feeds.append('ada', { id: `${index}` });

    const feed = await feeds.readOne('ada');

    expect(changesAfter(feed, 5)).toHaveLength(100);
    expect(changesAfter(feed, 104)).toEqual([{ sequence: 105, change: { id: '104' } }]);
    expect(changesAfter(feed, 105)).toEqual([]);
    expect([4, 106, Number.NaN].map((sequence) => changesAfter(feed, sequence))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
