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

describe('one that is kept', () => {
  const day = 86_400_000;

  test('is restored once and only within its time, and comes to be taken apart after it', async () => {
    const { id } = await readyCampaign();
    const { deletions, campaigns } = world.store;
    await deletions.mark(id, { by: 'ann', keepMs: day }, new Date(0));

    const late = await deletions.restore(id, new Date(day));
    const restored = await deletions.restore(id, new Date(day - 1));
    await deletions.endKeeping(new Date(day));
    const present = await campaigns.find(id);
    await deletions.mark(id, { by: 'ann', keepMs: day }, new Date(0));
    await deletions.endKeeping(new Date(day));
    const over = await deletions.restore(id, new Date(day - 1));

    expect([late, restored?._id, present?._id, over]).toEqual([null, id, id, null]);
    expect((await deletions.uncommanded(new Date(1), 10)).map(({ _id }) => _id)).toContain(id);
  });

  test('of a restore and a purge at the same moment one comes first', async () => {
    const { id } = await readyCampaign();
    const { deletions, campaigns } = world.store;
    await deletions.mark(id, { by: 'ann', keepMs: day });

    const [restored, purged] = await Promise.all([deletions.restore(id), deletions.mark(id, { by: 'oli' })]);

    // A purge after the restore deletes it again.
    expect([purged?.deletion.state, await campaigns.find(id)]).toEqual(['marked', null]);
    expect([id, undefined]).toContain(restored?._id);
  });

  test('keeps the copy that it shows from a seeding that was thought dead', async () => {
    const { id } = await readyCampaign();
    const { deletions, campaigns, seedings } = world.store;
    const seedingId = String((await campaigns.find(id))?.seedingId);
    await deletions.mark(id, { by: 'ann', keepMs: day });

    const whileKept = await seedings.isInUse(id, seedingId);
    await deletions.mark(id, { by: 'ann' });

    expect([whileKept, await seedings.isInUse(id, seedingId)]).toEqual([true, false]);
  });
});
