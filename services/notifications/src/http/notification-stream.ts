import type { EventStream, StreamEvent } from '@millrace/service';
import { type FeedFollower, type FeedUpdate, type Following, updateSince } from '../store/feed-follower.ts';
import { allChanged, type Feeds } from '../store/feeds.ts';
import type { Notifications } from '../store/notifications.ts';
import { toResource } from './notification-resource.ts';

const SNAPSHOT_ITEMS = 20;

type Sources = { readonly notifications: Notifications; readonly feeds: Feeds; readonly follower: FeedFollower };

/**
 * A person's inbox, live. Events: `snapshot` {items, unread} with the newest entries, `notification`
 * {notification, unread} for each one that is new or was marked. Their ids count the person's changes.
 */
export function notificationStream(recipient: string, { notifications, feeds, follower }: Sources): EventStream {
  const snapshotAt = async (sequence: number): Promise<StreamEvent> => {
    const [items, unread] = await Promise.all([
      notifications.list({ recipient, state: 'active', limit: SNAPSHOT_ITEMS }),
      notifications.countUnread(recipient),
    ]);
    return { id: `${sequence}`, event: 'snapshot', data: { items: items.map(toResource), unread } };
  };
  const eventsOf = async ({ sequence, changes }: FeedUpdate): Promise<StreamEvent[]> => {
    if (!changes || changes.some(({ change }) => change.id === allChanged.id)) return [await snapshotAt(sequence)];
    const ids = changes.map(({ change }) => change.id);
    const [found, unread] = await Promise.all([
      notifications.find(recipient, ids),
      notifications.countUnread(recipient),
    ]);
    const byId = new Map(found.map((entry) => [entry.id, toResource(entry)]));
    return changes.flatMap(({ sequence: id, change }) => {
      const notification = byId.get(change.id);
      return notification ? [{ id: `${id}`, event: 'notification', data: { notification, unread } }] : [];
    });
  };

  let following: Following | undefined;
  return {
    follow(push) {
      following = follower.follow(recipient, async (update) => {
        for (const event of await eventsOf(update)) push(event);
      });
      return following.stop;
    },
    async snapshot(lastEventId) {
      const feed = await feeds.readOne(recipient);
      // Read before what is shown: a change in between is then shown twice, and never lost.
      following?.startAt(feed.sequence);
      return eventsOf(updateSince(feed, lastEventId === undefined ? undefined : Number(lastEventId)));
    },
  };
}
