import type { Jobs } from '@millrace/jobs';
import { outsidePost } from '@millrace/outside';
import { type App, type Kit, keyFromLocal, type SignedPaths, signedPaths } from '@millrace/service';
import type { ChannelSender } from './clients/channel-sender.ts';
import { emailSender } from './clients/email.ts';
import { slackSender, webhookSender } from './clients/http-sender.ts';
import { pushSender } from './clients/push-sender.ts';
import { type Vapid, vapid } from './clients/vapid.ts';
import type { Config } from './config.ts';
import type { SentChannel } from './domain/channel.ts';
import { operatorsRoom, roomOf } from './domain/preferences.ts';
import { hearCatalogue } from './events/hear-catalogue.ts';
import { alertRoutes } from './http/alerts.ts';
import { browserRoutes } from './http/browsers.ts';
import { channelRoutes } from './http/channels.ts';
import { deliveryRoutes } from './http/deliveries.ts';
import { notificationRoutes } from './http/notifications.ts';
import { preferenceRoutes } from './http/preferences.ts';
import { templateRoutes } from './http/templates.ts';
import { unsubscribeLinks, unsubscribeRoutes } from './http/unsubscribe.ts';
import { abandonDeliveryJob } from './jobs/abandon-delivery.ts';
import { deliverNotificationJob } from './jobs/deliver-notification.ts';
import { digestNotificationsJob } from './jobs/digest-notifications.ts';
import { remindOfAlertJob } from './jobs/remind-of-alert.ts';
import { createAlerts } from './store/alerts.ts';
import { createBrowsers } from './store/browsers.ts';
import { createDeliveries } from './store/deliveries.ts';
import { createDigests } from './store/digests.ts';
import { dispatcher, gatherLater } from './store/dispatch.ts';
import { FeedFollower } from './store/feed-follower.ts';
import { createFeeds } from './store/feeds.ts';
import { createHourLimit } from './store/hour-limit.ts';
import { createNotifications } from './store/notifications.ts';
import { createPeople } from './store/people.ts';
import { createSuppressions } from './store/suppressions.ts';
import { tellPeople } from './store/tell-people.ts';
import { createThrottle } from './store/throttle.ts';
import { watchAlerts } from './store/watch-alerts.ts';

/** Builds the notifications service: what it hears, what it keeps, what it shows, what it sends. */
export function createApp(kit: Kit<Config>): App {
  const { config } = kit;
  const started = Promise.withResolvers<Pick<Jobs, 'enqueue'>>();
  const parts = partsOf(kit, started.promise);
  return {
    routes: ({ jobs }) => [
      ...notificationRoutes(parts),
      ...preferenceRoutes(parts.people),
      ...deliveryRoutes({ ...parts, jobs }),
      ...channelRoutes(parts),
      ...alertRoutes(parts),
      ...browserRoutes(parts),
      ...templateRoutes(kit.config),
      ...unsubscribeRoutes(parts),
    ],
    jobs: jobsOf(parts, config),
    subscriptions: hearCatalogue(
      tellPeople({ ...parts, burstMs: config.DELIVERY_BURST_MS }),
      parts.watch,
      operatorsOf(config),
    ),
    async start({ jobs }) {
      started.resolve(jobs);
      const { notifications, deliveries, digests, throttle, limit, alerts, browsers } = parts;
      const stores = [deliveries, digests, throttle, limit, alerts, browsers];
      const kept = { days: config.INBOX_KEEP_DAYS, unreadDays: config.INBOX_KEEP_UNREAD_DAYS };
      await Promise.all([notifications.createIndexes(kept), ...stores.map((rows) => rows.createIndexes())]);
    },
  };
}

type Parts = ReturnType<typeof partsOf>;

/** What doors stand on. */
function partsOf({ config, database }: Kit<Config>, jobs: Promise<Pick<Jobs, 'enqueue'>>) {
  const feeds = createFeeds(database);
  const deliveries = createDeliveries(database);
  const digests = createDigests(database);
  const alerts = createAlerts(database);
  const browsers = createBrowsers(database);
  const now = () => new Date();
  const paths: SignedPaths = signedPaths(config);
  return {
    feeds,
    deliveries,
    digests,
    paths,
    browsers,
    vapid: vapidOf(config),
    notifications: createNotifications(database, feeds),
    follower: new FeedFollower(feeds),
    people: createPeople(database, roomOf(roomContacts(config)), browsers),
    suppressions: createSuppressions(database),
    throttle: createThrottle(database),
    dispatch: dispatcher({ deliveries, digests, jobs }),
    gatherLater: gatherLater({ deliveries, digests, jobs }),
    limit: createHourLimit(database, config.DELIVERY_LIMIT_PER_HOUR),
    alerts,
    watch: watchAlerts({ alerts, jobs, now, reminderMs: config.ALERT_REMINDER_MS }),
    now,
  };
}

function jobsOf(parts: Parts, config: Config) {
  const { notifications, paths } = parts;
  const isRead = (id: string) => notifications.isRead(id);
  return [
    deliverNotificationJob({
      ...parts,
      isRead,
      senders: sendersOf(parts, config),
      unsubscribeUrl: unsubscribeLinks(paths, config.PUBLIC_URL ?? `http://127.0.0.1:${config.PORT}`),
      consoleUrl: config.CONSOLE_URL,
      retryMs: config.DELIVERY_RETRY_MS,
    }),
    digestNotificationsJob({ ...parts, isRead }),
    abandonDeliveryJob(parts),
    remindOfAlertJob({ ...parts, operators: operatorsOf(config), reminderMs: config.ALERT_REMINDER_MS }),
  ] as App['jobs'] & object;
}

function sendersOf({ vapid: keys }: Parts, config: Config): Record<SentChannel, ChannelSender> {
  const { SMTP_URL, SLACK_WEBHOOK_URL, DELIVERY_TIMEOUT_MS: timeoutMs } = config;
  const strangers = outsidePost([...config.WEBHOOK_ALLOW, ...config.IMAGE_FETCH_ALLOW]);
  // The operators' own address is configured, not named by a stranger: it may lie anywhere.
  const trusted = outsidePost(['0.0.0.0/0', '::/0']);
  return {
    email: SMTP_URL ? emailSender({ smtpUrl: SMTP_URL, from: senderOf(config), timeoutMs }) : noMail,
    slack: slackSender({
      post: (url, message) => (url === SLACK_WEBHOOK_URL ? trusted : strangers)(url, message),
      timeoutMs,
    }),
    webhook: webhookSender({ post: strangers, timeoutMs }),
    push: pushSender({ post: strangers, timeoutMs, vapid: keys }),
  };
}

/** Where tokens are somebody else's, keys have to be given: each replica would make its own. */
function vapidOf(config: Config): Vapid {
  const { VAPID_PRIVATE_KEY: given, VAPID_SUBJECT, AUTH_JWKS_URL } = config;
  if (!given && AUTH_JWKS_URL) return async () => null;
  const secret = async () => (given ? Buffer.from(given, 'base64url') : keyFromLocal(config, 'web push'));
  return vapid(secret, VAPID_SUBJECT ?? `mailto:${addressIn(senderOf(config))}`);
}

const noMail: ChannelSender = async () => ({
  verdict: 'refused',
  status: null,
  answer: 'no mail server is set up here; set SMTP_URL',
});

const senderOf = ({ MAIL_FROM }: Config): string => MAIL_FROM ?? 'Millrace <millrace@localhost>';

/** Without a mail server there is nobody to tell by mail. */
const roomContacts = ({ ALERT_EMAIL, MAIL_FROM, SMTP_URL, SLACK_WEBHOOK_URL }: Config) => ({
  email: SMTP_URL ? (ALERT_EMAIL ?? (MAIL_FROM ? addressIn(MAIL_FROM) : null)) : null,
  slack: SLACK_WEBHOOK_URL ?? null,
});

const addressIn = (sender: string): string => /<([^>]+)>/.exec(sender)?.[1] ?? sender.trim();

const operatorsOf = (config: Config): readonly string[] =>
  hasRoom(config) ? [...config.ALERT_RECIPIENTS, operatorsRoom] : config.ALERT_RECIPIENTS;

const hasRoom = (config: Config): boolean => Object.values(roomContacts(config)).some((address) => address !== null);
