import type { Scene } from '@millrace/jobs/testing/crash-points';
import type { Connection } from 'mongoose';
import { type CampaignStore, createCampaignStore } from '../store/campaign-store.ts';
import { abandonSeedingJob } from './abandon-seeding.ts';
import { seedCampaignJob } from './seed-campaign.ts';

export const campaignId = '01990000-0000-7000-8000-000000000001';

const ignore = () => undefined;
const silent = { info: ignore, warn: ignore, error: ignore };
const stores = new WeakMap<Connection, CampaignStore>();

function storeIn(database: Connection): CampaignStore {
  const store =
    stores.get(database) ?? createCampaignStore(database, { urlEndpoint: 'https://images.example/millrace' });
  stores.set(database, store);
  return store;
}

export const definitions: Scene['definitions'] = ({ database }) => {
  const store = storeIn(database);
  return [
    seedCampaignJob({ store, minutes: store.minutes, log: silent }),
    abandonSeedingJob({ ...store, isUnfinished: async () => false }),
  ] as Awaited<ReturnType<Scene['definitions']>>;
};

/** A published template and a campaign to be filled. */
export const arrange: Scene['arrange'] = async (_jobs, { database }) => {
  const store = storeIn(database);
  await Promise.all(Object.values(database.models).map((model) => model.createIndexes()));
  await store.templates.ensureFirst('tiny');
  await store.campaigns.create({
    _id: campaignId,
    name: 'Hollow Lantern',
    description: '',
    ownerId: 'ann',
    seedJobId: null,
  });
};
