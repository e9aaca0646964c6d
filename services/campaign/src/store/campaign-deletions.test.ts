import { v7 } from 'uuid';
import type { Campaign } from '../domain/campaign.ts';
import { storeForTests, type TestStore } from './store-for-tests.ts';

let world: TestStore;
beforeAll(async () => {
  world = await storeForTests();
});

/** A campaign with a weapon that was copied into it, as a request that has just begun has read it. */
async function readyCampaign() {
  const id = await world.newCampaign();
  const copied = {
    _id: v7(),
    campaignId: id,
    seedingId: v7(),
    sourceId: v7(),
    name: 'Copied',
    assetId: null,
    revision: 1,
  };
  await world.database.collection('weapons').insertOne(copied as never);
  const ready = { status: 'ready', seedingId: copied.seedingId, usedSeedingIds: [copied.seedingId] };
  await world.database.collection('campaigns').updateOne({ _id: id as never }, { $set: ready });
  const campaign = (await world.store.campaigns.find(id)) as Campaign;
  const place = (entity = copied._id) => ({ kind: 'weapons', campaign, id: entity }) as const;
  return { id, place };
}

const rowsOf = (campaignId: string) => world.database.collection('weapons').countDocuments({ campaignId });

const changes = {
  add: (place: Awaited<ReturnType<typeof readyCampaign>>['place']) =>
    world.store.changes.create(place(v7()), { name: 'Added' }),
  change: (place: Awaited<ReturnType<typeof readyCampaign>>['place']) =>
    world.store.changes.update(place(), { name: 'Changed' }),
  remove: (place: Awaited<ReturnType<typeof readyCampaign>>['place']) => world.store.changes.remove(place()),
};

describe.each(['add', 'change', 'remove'] as const)('the wish to %s an entity', (what) => {
  test('that began before the deletion and comes after it does nothing', async () => {
    const { id, place } = await readyCampaign();
    const marked = await world.store.deletions.mark(id, { by: 'ann', unlessChanged: true });
    if (!marked) throw new Error('not marked');
    await world.store.deletions.removeRows(marked, new AbortController().signal);

    const late = await changes[what](place);

    expect([late, await rowsOf(id)]).toEqual([null, 0]);
  });

  test('that came before keeps the campaign of whoever deletes only what is unchanged', async () => {
    const { id, place } = await readyCampaign();
    await changes[what](place);

    const kept = await world.store.deletions.mark(id, { by: 'ann', unlessChanged: true });
    const deleted = await world.store.deletions.mark(id, { by: 'ann' });

    expect([kept, deleted?.deletion]).toEqual([null, { at: expect.any(Date), by: 'ann', state: 'marked' }]);
  });

  test('at the same moment leaves either the campaign or nothing', async () => {
    const { id, place } = await readyCampaign();

    const [marked, changed] = await Promise.all([
      world.store.deletions.mark(id, { by: 'ann', unlessChanged: true }),
      changes[what](place),
    ]);

    expect([marked === null, changed === null]).toEqual(marked ? [false, true] : [true, false]);
  });
});

test('a deletion keeps who wished for it first, and is commanded once', async () => {
  const { id } = await readyCampaign();
  await world.store.deletions.mark(id, { by: 'ann' }, new Date(0));
  await world.store.deletions.mark(id, { by: 'oli' });
  const before = await world.store.deletions.uncommanded(new Date(1), 10);

  await world.store.deletions.commanded(id);

  expect(before.map(({ _id, deletion }) => [_id, deletion.by])).toEqual([[id, 'ann']]);
  expect(await world.store.deletions.uncommanded(new Date(1), 10)).toEqual([]);
});
