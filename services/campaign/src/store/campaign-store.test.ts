import { storeForTests } from './store-for-tests.ts';

test('every collection that is searched has its indexes', async () => {
  const { database } = await storeForTests();

  // Searched by id only, so it does not even exist before its first row.
  const searched = Object.values(database.models).filter(({ modelName }) => modelName !== 'provider_calls');
  const indexes = searched.map(async (model) => {
    const built = await model.collection.indexes();
    return [model.collection.collectionName, built.map(({ key }) => Object.keys(key).join()).sort()] as const;
  });

  expect(Object.fromEntries(await Promise.all(indexes))).toEqual({
    campaigns: ['_id', 'createdAt,_id', 'ownerId,createdAt,_id', 'seedEnqueuedAt,createdAt', 'updatedAt,_id'],
    templates: ['_id', 'status,publishedAt', 'version'],
    template_chunks: ['_id', 'hash,position'],
    schticks: ['_id', 'campaignId,seedingId,category,name'],
    weapons: ['_id', 'campaignId,seedingId,name'],
    characters: ['_id', 'campaignId,seedingId,name'],
    factions: ['_id', 'campaignId,seedingId,name'],
    junctures: ['_id', 'campaignId,seedingId,name'],
    assets: ['_id', 'state,unreferencedAt'],
    asset_refs: ['_id', 'assetId,isLive', 'seedingId'],
  });
});
