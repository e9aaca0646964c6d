import type { App, Kit } from '@millrace/service';
import type { Config } from './config.ts';
import { hearCatalogue } from './events/hear-catalogue.ts';
import { notificationRoutes } from './http/notifications.ts';
import { FeedFollower } from './store/feed-follower.ts';
import { createFeeds } from './store/feeds.ts';
import { createNotifications } from './store/notifications.ts';

/** Builds the notifications service: what it hears, what it keeps, what it shows. */
export function createApp({ config: { ALERT_RECIPIENTS: operators }, database }: Kit<Config>): App {
  const feeds = createFeeds(database);
  const notifications = createNotifications(database, feeds);
  const follower = new FeedFollower(feeds);
  return {
    routes: () => notificationRoutes({ notifications, feeds, follower }),
    subscriptions: hearCatalogue(notifications, operators),
    start: () => notifications.createIndexes(),
  };
}
