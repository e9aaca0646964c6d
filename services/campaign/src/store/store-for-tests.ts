import { randomUUID } from 'node:crypto';
import { afterFile, components } from '@millrace/testkit';
import mongoose, { type Connection } from 'mongoose';
import { v7 } from 'uuid';
import type { ProfileName } from '../domain/template-shape.ts';
import { type CampaignStore, createCampaignStore } from './campaign-store.ts';

export type TestStore = {
  readonly store: CampaignStore;
  readonly database: Connection;
  newCampaign(): Promise<string>;
};

/** A store in a database of its own, indexed, with a published template; dropped after the file. */
export async function storeForTests({
  profile,
  assetGraceMs = 0,
}: {
  profile?: ProfileName;
  assetGraceMs?: number;
} = {}): Promise<TestStore> {
  const dbName = `campaign-${randomUUID().slice(0, 8)}`;
  const database = mongoose.createConnection(components().mongodbUri, { dbName, monitorCommands: true });
  afterFile(async () => {
    await database.dropDatabase();
    await database.close();
  });
  const store = createCampaignStore(database, { urlEndpoint: 'https://images.example/millrace', assetGraceMs });
  await database.asPromise();
  await Promise.all(Object.values(database.models).map((model) => model.createIndexes()));
  if (profile) await store.templates.ensureFirst(profile);
  return {
    store,
    database,
    async newCampaign() {
      const given = { _id: v7(), name: 'Hollow Lantern', description: '', ownerId: 'ann', seedJobId: null };
      return (await store.campaigns.create(given))._id;
    },
  };
}
