import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import { runSeeding } from '../jobs/run-seeding.ts';
import { AssetGone } from './entity-changes.ts';
import { storeForTests, type TestStore } from './store-for-tests.ts';

let tiny: TestStore;
beforeAll(async () => {
  tiny = await storeForTests({ profile: 'tiny' });
});

test('a file that somebody shows is neither marked nor taken', async () => {
  const { asset, place } = await setup();
  await tiny.store.changes.showImage(place, asset);

  expect(await tiny.store.purges.markUnreferenced([asset._id])).toBe(0);
  expect(await tiny.store.purges.take([asset._id])).toEqual([]);
});

test('a file that nobody shows is taken once its grace period is over, and not before', async () => {
  const patient = await storeForTests({ assetGraceMs: 3_600_000 });
  const { asset } = await setup();
  const young = await uploaded(patient);

  expect(await patient.store.purges.take([young._id])).toEqual([]);
  expect(await patient.store.purges.nextDueInMs()).toBeGreaterThan(3_500_000);
  expect(await tiny.store.purges.take([asset._id])).toMatchObject([{ _id: asset._id, state: 'deleting' }]);
});

test('a reference that comes after the purge was announced takes the file back', async () => {
  const { asset, place } = await setup();
  await tiny.database.collection('assets').updateOne({ _id: asset._id as never }, { $set: { state: 'purging' } });

  const { row } = await tiny.store.changes.showImage(place, asset);

  expect(row).toMatchObject({ assetId: asset._id, imageUrl: asset.url });
  expect(await tiny.store.purges.take([asset._id])).toEqual([]);
  expect(await tiny.store.assets.find(asset._id)).toMatchObject({ state: 'stored', unreferencedAt: null });
});

test('a reference that comes after the decision is refused, and the entity stays as it was', async () => {
  const { asset, place } = await setup();
  await tiny.store.purges.take([asset._id]);

  await expect(tiny.store.changes.showImage(place, asset)).rejects.toThrow(AssetGone);

  expect(await tiny.store.lists.find('weapons', place.campaign, place.id)).toMatchObject({ revision: 1 });
  expect(await tiny.store.assetTotals.read()).toMatchObject({ dangling: 0 });
});

test('references and purges that race leave no reference to a file that goes', async () => {
  const races = await Promise.all(Array.from({ length: 25 }, () => setup()));

  const outcomes = await Promise.all(
    races.flatMap(({ asset, place }) => [
      tiny.store.changes.showImage(place, asset).then(
        () => 'shown',
        () => 'refused',
      ),
      tiny.store.purges.take([asset._id]).then(([taken]) => (taken ? 'taken' : 'kept')),
    ]),
  );

  for (let race = 0; race < races.length; race++) {
    expect([
      ['shown', 'kept'],
      ['refused', 'taken'],
    ]).toContainEqual(outcomes.slice(race * 2, race * 2 + 2));
  }
  expect(await tiny.store.assetTotals.read()).toMatchObject({ dangling: 0 });
});

test('a file that was purged leaves a tombstone and may be uploaded again', async () => {
  const { asset } = await setup();
  await tiny.store.purges.take([asset._id]);
  await tiny.store.purges.purgeRequested(asset._id, 'request');
  await tiny.store.purges.purged(asset._id);

  expect(await tiny.store.assets.find(asset._id)).toMatchObject({ state: 'purged', fileId: null });
  expect(await tiny.store.assets.claimUpload({ _id: asset._id, mediaType: 'image/png', bytes: 9 }, claim())).toBe(true);
});

test('of two uploads of the same bytes one is claimed, and one whose time is over is taken over', async () => {
  const asset = { _id: randomUUID(), mediaType: 'image/png', bytes: 9 };
  const late = { token: 'late', until: new Date(Date.now() - 1) };

  expect(await tiny.store.assets.claimUpload(asset, late)).toBe(true);
  expect(await tiny.store.assets.claimUpload(asset, claim())).toBe(true);
  expect(await tiny.store.assets.claimUpload(asset, claim())).toBe(false);
  expect(await tiny.store.assets.finishUpload(asset._id, 'late', fileOf('late'))).toBeNull();
});

test('files of templates are never marked', async () => {
  const files = await tiny.database.collection('assets').find({ source: 'template' }).toArray();

  expect(await tiny.store.purges.markUnreferenced(files.map(({ _id }) => String(_id)))).toBe(0);
});

/** A ready campaign with a weapon, and a file that nobody shows yet. */
async function setup() {
  const campaignId = await tiny.newCampaign();
  await runSeeding(tiny.store, { campaignId, requestedBy: null, mode: 'batch', rootId: v7(), jobId: v7() });
  const campaign = await tiny.store.campaigns.find(campaignId);
  if (!campaign) throw new Error('the campaign is missing');
  const id = v7();
  await tiny.store.changes.create({ kind: 'weapons', campaign, id }, { name: `Weapon ${id}` });
  return { asset: await uploaded(tiny), place: { kind: 'weapons' as const, campaign, id } };
}

async function uploaded({ store }: TestStore) {
  const upload = claim();
  const id = randomUUID();
  await store.assets.claimUpload({ _id: id, mediaType: 'image/png', bytes: 100 }, upload);
  const asset = await store.assets.finishUpload(id, upload.token, fileOf(id));
  if (!asset) throw new Error('the upload was not finished');
  return asset;
}

const claim = () => ({ token: randomUUID(), until: new Date(Date.now() + 60_000) });

const fileOf = (id: string) => ({
  fileId: id,
  filePath: `/${id}`,
  url: `https://images.example/${id}`,
  width: 1,
  height: 1,
});
