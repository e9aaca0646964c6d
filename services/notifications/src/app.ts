import type { App, Kit } from '@millrace/service';
import type { Config } from './config.ts';
import { onAlbumImportFailed } from './events/on-album-import-failed.ts';
import { onAlbumReleasesImported } from './events/on-album-releases-imported.ts';
import { onBatchCompleted } from './events/on-batch-completed.ts';
import { onBatchFailed } from './events/on-batch-failed.ts';
import { onCampaignAssigned } from './events/on-campaign-assigned.ts';
import { onCampaignSeeded } from './events/on-campaign-seeded.ts';
import { onCampaignSeedingFailed } from './events/on-campaign-seeding-failed.ts';
import { onMeshCompleted } from './events/on-mesh-completed.ts';
import { onMeshFailed } from './events/on-mesh-failed.ts';
import { onPoolCritical } from './events/on-pool-critical.ts';
import { onPoolLow } from './events/on-pool-low.ts';
import { onPoolRecovered } from './events/on-pool-recovered.ts';
import { onUsageReported } from './events/on-usage-reported.ts';
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
    subscriptions: [
      onAlbumImportFailed(notifications),
      onAlbumReleasesImported(notifications),
      onCampaignAssigned(notifications),
      onCampaignSeeded(notifications),
      onCampaignSeedingFailed(notifications),
      onMeshCompleted(notifications),
      onMeshFailed(notifications),
      onBatchCompleted(notifications),
      onBatchFailed(notifications),
      onPoolCritical(notifications, operators),
      onPoolLow(notifications, operators),
      onPoolRecovered(notifications, operators),
      onUsageReported(notifications, operators),
    ],
    start: () => notifications.createIndexes(),
  };
}
