import type { Jobs } from '@millrace/jobs';
import type { App, Kit, Running } from '@millrace/service';
import { createImageProvider } from './clients/image-provider.ts';
import { countCall } from './clients/provider-metrics.ts';
import { type Config, urlEndpointOf } from './config.ts';
import { assetRoutes } from './http/assets.ts';
import { createCampaignFeed } from './http/campaign-feed.ts';
import { campaignRoutes } from './http/campaigns.ts';
import { characters } from './http/characters.ts';
import { entityRoutes } from './http/entities.ts';
import { entityImageRoutes } from './http/entity-images.ts';
import { resourceSchema } from './http/entity-resource.ts';
import { factions } from './http/factions.ts';
import { junctures } from './http/junctures.ts';
import { startUpkeep, type Upkeep } from './http/left-behind.ts';
import { assetRelease } from './http/release-asset.ts';
import { schticks } from './http/schticks.ts';
import { findJob } from './http/seed-command.ts';
import { pictureStore } from './http/store-picture.ts';
import { templateRoutes } from './http/templates.ts';
import { weapons } from './http/weapons.ts';
import { abandonSeedingJob } from './jobs/abandon-seeding.ts';
import { purgeAssetsJob } from './jobs/purge-assets.ts';
import { seedCampaignJob } from './jobs/seed-campaign.ts';
import { measureAssets } from './store/asset-metrics.ts';
import { createCampaignStore } from './store/campaign-store.ts';

/** The campaign service. */
export function createApp({ config, log, database }: Kit<Config>): App {
  const graceMs = config.ASSET_GRACE_SECONDS * 1_000;
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
  const running = Promise.withResolvers<Running>();
  let upkeep: Upkeep | undefined;

  return {
    jobs: [
      seedCampaignJob({ store, log }),
      abandonSeedingJob({ ...store, isUnfinished: async (id) => isUnfinished((await running.promise).jobs, id) }),
      purgeAssetsJob({ purges: store.purges, provider }),
    ],
    routes: ({ jobs }) => {
      const release = assetRelease({ purges: store.purges, jobs, graceMs });
      const storePicture = pictureStore({ assets: store.assets, provider });
      return [
        ...campaignRoutes({ store, jobs, feed }),
        ...[schticks, weapons, characters, factions, junctures].flatMap((resource) => {
          const schema = resourceSchema(resource);
          return [
            ...entityRoutes(resource, schema, { store, release }),
            ...entityImageRoutes(resource, schema, { store, storePicture, release }),
          ];
        }),
        ...assetRoutes(store),
        ...templateRoutes(store.templates),
      ];
    },
    async start(parts) {
      running.resolve(parts);
      await store.templates.ensureFirst(config.TEMPLATE_PROFILE);
      upkeep ??= startUpkeep({ store, jobs: parts.jobs, log });
    },
    async stop() {
      feed.stop();
      await upkeep?.stop();
    },
  };
}

const isUnfinished = async (jobs: Jobs, id: string): Promise<boolean> => (await findJob(jobs, id))?.endedAt === null;
