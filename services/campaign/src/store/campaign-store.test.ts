import { storeForTests } from './store-for-tests.ts';

test('every collection that is searched has its indexes', async () => {
  const { database } = await storeForTests();

  // Searched by id only, so they do not even exist before their first row.
  const searched = Object.values(database.models).filter(
    ({ modelName }) => !['provider_calls', 'creations'].includes(modelName),
  );
  const indexes = searched.map(async (model) => {
    const built = await model.collection.indexes();
    return [model.collection.collectionName, built.map(({ key }) => Object.keys(key).join()).sort()] as const;
  });

  expect(Object.fromEntries(await Promise.all(indexes))).toEqual({
    campaigns: [
      '_id',
      'createdAt,_id',
      'deletion.at',
      'deletion.restorableUntil',
      'invitations.sub,createdAt,_id',
      'members.sub,createdAt,_id',
      'outboxAt',
      'ownerId,createdAt,_id',
      'poolKey,poolStatus,poolCreatedAt',
      'poolType,activatedAt',
      'poolType,createdAt,_id',
      'seedEnqueuedAt,createdAt',
      'updatedAt,_id',
    ],
    pools: ['_id', 'outboxAt'],
    pool_slots: ['_id', 'campaignId', 'pool,number', 'type,pool,number'],
    pool_minutes: ['_id', 'keptUntil', 'type,at'],
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

test('campaigns of the same moment are inserted by one command, and one that is there already is returned as it stands', async () => {
  const { store, database } = await storeForTests();
  const given = (_id: string, name: string) => ({ _id, name, description: '', ownerId: 'ann', seedJobId: null });
  await store.campaigns.create(given('early', 'First'));
  const inserts: unknown[] = [];
  database.getClient().on('commandStarted', ({ commandName, command }) => {
    if (commandName === 'insert') inserts.push(command['documents']?.length ?? 0);
  });

  const made = await Promise.all([
    store.campaigns.create(given('early', 'Late')),
    store.campaigns.create(given('one', 'One')),
    store.campaigns.create(given('two', 'Two')),
    store.campaigns.create(given('two', 'Two again')),
  ]);
  await Promise.all(made.map(({ _id }) => store.campaigns.seedingEnqueued(_id, `job of ${_id}`)));

  expect(made.map(({ name }) => name)).toEqual(['First', 'One', 'Two', 'Two']);
  expect(inserts).toHaveLength(1);
  const rows = await database.collection('campaigns').find({}).sort({ _id: 1 }).toArray();
  expect(rows.map(({ name, seedJobId }) => [name, seedJobId])).toEqual([
    ['First', 'job of early'],
    ['One', 'job of one'],
    ['Two', 'job of two'],
  ]);
});
