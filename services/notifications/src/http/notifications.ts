import { eventStream, pageOf, pageQuery, paging, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { categories } from '../domain/category.ts';
import type { FeedFollower } from '../store/feed-follower.ts';
import type { Feeds } from '../store/feeds.ts';
import { type Mark, type Notifications, states } from '../store/notifications.ts';
import { notificationResource, toResource } from './notification-resource.ts';
import { notificationStream } from './notification-stream.ts';

type Parts = { readonly notifications: Notifications; readonly feeds: Feeds; readonly follower: FeedFollower };

/** A person's inbox; nobody sees another's. */
export const notificationRoutes = (parts: Parts): Route[] => [
  list(parts),
  unreadCount(parts),
  mark(parts, 'seen', 'Notes that a notification was seen.'),
  mark(parts, 'read', 'Notes that a notification was read, and so seen.'),
  mark(parts, 'archive', 'Puts a notification away.'),
  readAll(parts),
  events(parts),
];

const newestFirst = paging('notifications', [
  ['createdAt', -1],
  ['id', -1],
]);

const list = ({ notifications }: Parts) =>
  route({
    method: 'get',
    path: '/notifications',
    summary: 'Lists the inbox, newest first.',
    role: 'any',
    query: z.object({
      state: z.enum(states).default('active').meta({ description: '`active` is all but what is archived.' }),
      category: z.enum(categories).optional(),
      ...pageQuery,
    }),
    responses: { 200: pageOf(notificationResource) },
    async handle({ user, query: { state, category, limit, cursor } }) {
      const [createdAt, id] = newestFirst.keysOf(cursor) ?? [];
      const after = createdAt instanceof Date && typeof id === 'string' ? { createdAt, id } : undefined;
      const found = await notifications.list({ recipient: user.sub, state, category, after, limit: limit + 1 });
      return newestFirst.page(found, limit, toResource);
    },
  });

const counted = z.int().nonnegative();

const unreadCount = ({ notifications }: Parts) =>
  route({
    method: 'get',
    path: '/notifications/unread-count',
    summary: 'Counts exactly what is neither read nor archived, in all and by category.',
    role: 'any',
    responses: { 200: z.object({ count: counted, byCategory: z.record(z.enum(categories), counted) }) },
    async handle({ user }) {
      const byCategory = await notifications.countUnreadByCategory(user.sub);
      // Summed, and not counted anew: the two then never contradict each other.
      return { count: Object.values(byCategory).reduce((sum, count) => sum + count, 0), byCategory };
    },
  });

const mark = ({ notifications }: Parts, as: Mark, summary: string) =>
  route({
    method: 'post',
    path: `/notifications/:id/${as}`,
    summary: `${summary} The first time counts.`,
    role: 'member',
    params: z.object({ id: z.uuid() }),
    responses: { 200: notificationResource },
    problems: ['notification-not-found'],
    async handle({ user, params: { id } }) {
      const marked = await notifications.mark(user.sub, id, as);
      if (!marked) throw problem('notification-not-found', { id });
      return toResource(marked);
    },
  });

const readAll = ({ notifications }: Parts) =>
  route({
    method: 'post',
    path: '/notifications/read-all',
    summary: 'Reads everything that is unread, and says how many that were.',
    role: 'member',
    responses: { 200: z.object({ count: counted }) },
    handle: async ({ user }) => ({ count: await notifications.readAll(user.sub) }),
  });

const events = (parts: Parts) =>
  route({
    method: 'get',
    path: '/notifications/events',
    summary: 'Shows the inbox live: a snapshot first, then every change.',
    role: 'any',
    responses: { 200: { description: 'Events `snapshot` and `notification`.', mediaType: 'text/event-stream' } },
    handle: async ({ user }) => eventStream(notificationStream(user.sub, parts)),
  });
