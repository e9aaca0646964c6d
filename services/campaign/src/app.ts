import { cleanPool, monitorPool, replenishPool } from '@millrace/contracts/campaign';
import { createOutbox, type EventBus, type Outbox } from '@millrace/events';
import { defineSchedule, type Jobs, type ScheduleDefinition } from '@millrace/jobs';
import { type App, type Kit, type Running, showsJobAbout } from '@millrace/service';
import { createImageProvider } from './clients/image-provider.ts';
import { countCall } from './clients/provider-metrics.ts';
import { type Config, urlEndpointOf } from './config.ts';
import { roleIn } from './domain/members.ts';
import { poolTypes } from './domain/pool.ts';
import { assetRoutes } from './http/assets.ts';
import { createCampaignFeed } from './http/campaign-feed.ts';
import { campaignRoutes } from './http/campaigns.ts';
import { characters } from './http/characters.ts';
import { entityRoutes } from './http/entities.ts';
import { entityImageRoutes } from './http/entity-images.ts';
import { resourceSchema } from './http/entity-resource.ts';
import { factions } from './http/factions.ts';
import { invitationRoutes } from './http/invitations.ts';
import { junctures } from './http/junctures.ts';
import { startUpkeep, type Upkeep } from './http/left-behind.ts';
import { memberRoutes } from './http/members.ts';
import { healthOfPools } from './http/pool-view.ts';
import { poolRoutes } from './http/pools.ts';
import { type Refill, refillAfterClaims } from './http/refill.ts';
import { assetRelease } from './http/release-asset.ts';
import { schticks } from './http/schticks.ts';
import { findJob } from './http/seed-command.ts';
import { pictureStore } from './http/store-picture.ts';
import { templateRoutes } from './http/templates.ts';
import { weapons } from './http/weapons.ts';
import { abandonSeedingJob } from './jobs/abandon-seeding.ts';
import { cleanPoolJob } from './jobs/clean-pool.ts';
import { deleteCampaignJob } from './jobs/delete-campaign.ts';
import { monitorPoolJob } from './jobs/monitor-pool.ts';
import { wantsCleaning, wantsMonitoring, wantsReplenishing } from './jobs/pool-wishes.ts';
import { purgeAssetsJob } from './jobs/purge-assets.ts';
import { replenishPoolJob } from './jobs/replenish-pool.ts';
import { seedCampaignJob } from './jobs/seed-campaign.ts';
import { measureAssets } from './store/asset-metrics.ts';
import { type CampaignStore, createCampaignStore } from './store/campaign-store.ts';
import { measurePools } from './store/pool-gauge.ts';

/** The campaign service. */
export function createApp({ config, log, database }: Kit<Config>): App {
  const graceMs = config.ASSET_GRACE_SECONDS * 1_000;
  const keepDeletedMs = config.CAMPAIGN_KEEP_DELETED_DAYS * dayMs;
  const store = createCampaignStore(database, { urlEndpoint: urlEndpointOf(config), assetGraceMs: graceMs });
  const provider = createImageProvider({
    apiUrl: config.IMAGEKIT_API_URL,
    privateKey: config.IMAGEKIT_PRIVATE_KEY,
    log,
    observe(call) {
      countCall(call);
      store.providerCalls.count(call).catch((error: unknown) => log.warn({ err: error }, 'provider call not counted'));
    },
  });
  const feed = createCampaignFeed(store.campaigns, log);
  measureAssets(store.assetTotals);
  measurePools(store.pools);
  const running = Promise.withResolvers<Running>();
  const outboxes = outboxesOn(database, running.promise, log);
  let upkeep: Upkeep | undefined;
  let refill: Refill | undefined;

  return {
    jobs: [
      seedCampaignJob({ store, minutes: store.minutes, log }),
      abandonSeedingJob({ ...store, isUnfinished: async (id) => isUnfinished((await running.promise).jobs, id) }),
      deleteCampaignJob({ ...store, graceMs, jobs: async () => (await running.promise).jobs }),
      purgeAssetsJob({ purges: store.purges, provider }),
      replenishPoolJob({ store, jobs: async () => (await running.promise).jobs }),
      monitorPoolJob({ store, outbox: outboxes.pools }),
      cleanPoolJob({ store }),
    ],
    schedules: poolSchedules(store),
    showsJob: showsJobAbout('campaignId', (id, { sub }) => isInside(store, id, sub)),
    routes: ({ jobs }) => {
      refill = refillAfterClaims({ pools: store.pools, jobs, log });
      const release = assetRelease({ purges: store.purges, jobs, graceMs });
      const storePicture = pictureStore({ assets: store.assets, provider });
      return [
        ...campaignRoutes({ store, jobs, feed, outbox: outboxes.campaigns, refill, keepDeletedMs }),
        ...memberRoutes({ store, outbox: outboxes.campaigns }),
        ...invitationRoutes(store),
        ...poolRoutes({ store, jobs }),
        ...[schticks, weapons, characters, factions, junctures].flatMap((resource) => {
          const schema = resourceSchema(resource);
          return [
            ...entityRoutes(resource, schema, { store, release }),
            ...entityImageRoutes(resource, schema, { store, storePicture, release }),
          ];
        }),
        ...assetRoutes(store),
        ...templateRoutes({ templates: store.templates, jobs }),
      ];
    },
    details: async () => ({ pools: await healthOfPools(store) }),
    async start(parts) {
      running.resolve(parts);
      parts.bus.onStreamReset(() => tellAgain(outboxes));
      await store.templates.ensureFirst(config.TEMPLATE_PROFILE);
      await store.pools.ensure({ masterTarget: config.POOL_TARGET });
      await parts.jobs.enqueue(replenishPool, { type: 'master' });
      upkeep ??= startUpkeep({ store, jobs: parts.jobs, outboxes: Object.values(outboxes), log });
    },
    async stop() {
      feed.stop();
      refill?.stop();
      await upkeep?.stop();
      await store.minutes.flush();
    },
  };
}

/** Jobs are shown to whoever sees what they are about. */
async function isInside({ campaigns }: Pick<CampaignStore, 'campaigns'>, id: string, sub: string): Promise<boolean> {
  const campaign = await campaigns.find(id);
  return campaign !== null && roleIn(campaign, sub) !== null;
}

const isUnfinished = async (jobs: Jobs, id: string): Promise<boolean> => (await findJob(jobs, id))?.endedAt === null;

/** What the pools need without anybody asking: refilled, watched, put in order. When all is well a tick leaves no job. */
function poolSchedules(store: CampaignStore): readonly ScheduleDefinition[] {
  const eachHalfMinute = '*/30 * * * * *';
  const replenishing = poolTypes.map((type) =>
    defineSchedule({
      name: `pool.replenish.${type}`,
      cron: eachHalfMinute,
      job: replenishPool,
      payload: { type, occasion: 'schedule' },
      isWanted: () => wantsReplenishing(store, type),
    }),
  );
  return [
    ...replenishing,
    defineSchedule({
      name: 'pool.monitor',
      cron: eachHalfMinute,
      job: monitorPool,
      payload: {},
      isWanted: () => wantsMonitoring(store),
    }),
    defineSchedule({
      name: 'pool.clean',
      cron: '*/5 * * * *',
      job: cleanPool,
      payload: {},
      isWanted: () => wantsCleaning(store),
    }),
  ];
}

type Outboxes = { readonly campaigns: Outbox; readonly pools: Outbox };

/** What requests and looks make true is told from the campaign or pool that it is about. */
function outboxesOn(database: Kit['database'], running: Promise<Running>, log: Kit['log']): Outboxes {
  const bus: Pick<EventBus, 'publish'> = { publish: async (events) => (await running).bus.publish(events) };
  const of = (collection: string) => createOutbox({ database, collection, bus, log });
  return { campaigns: of('campaigns'), pools: of('pools') };
}

const dayMs = 86_400_000;

async function tellAgain(outboxes: Outboxes): Promise<void> {
  const since = new Date(Date.now() - dayMs);
  await Promise.all(Object.values(outboxes).map((outbox) => outbox.tellAgain(since)));
}
