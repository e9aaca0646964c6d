import type { App, Kit } from '@millrace/service';
import { onCampaignSeeded } from './events/on-campaign-seeded.ts';
import { onCampaignSeedingFailed } from './events/on-campaign-seeding-failed.ts';
import { notificationRoutes } from './http/notifications.ts';
import { FeedFollower } from './store/feed-follower.ts';
import { createFeeds } from './store/feeds.ts';
import { createNotifications } from './store/notifications.ts';

/** Builds the notifications service: what it hears, what it keeps, what it shows. */
export function createApp({ database }: Kit): App {
  const feeds = createFeeds(database);
  const notifications = createNotifications(database, feeds);
  const follower = new FeedFollower(feeds);
  return {
    routes: () => notificationRoutes({ notifications, feeds, follower }),
    subscriptions: [onCampaignSeeded(notifications), onCampaignSeedingFailed(notifications)],
    start: () => notifications.createIndexes(),
  };
}
