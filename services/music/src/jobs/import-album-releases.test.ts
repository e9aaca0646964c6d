import { until } from '@millrace/testkit';
import { type AlbumsUnderTest, albumsUnderTest, type Job } from '../albums-under-test.ts';
import type { Json } from '../service-for-tests.ts';

let albums: AlbumsUnderTest;
beforeAll(async () => {
  albums = await albumsUnderTest();
}, 60_000);

test('1,104 releases arrive over pages, a second import changes nothing and succeeds, 20 at once leave one set', async () => {
  const { album } = await albums.create('Thousand Editions');
  const first = await albums.service.database
    .collection('releases')
    .find({ albumId: album.id })
    .sort({ _id: 1 })
    .toArray();

  const again = await albums.importAgain(album.id);
  const many = await Promise.all(
    Array.from({ length: 20 }, () => albums.ann<{ job: Job }>('POST', `/albums/${album.id}/import`)),
  );
  await Promise.all(many.map(({ body }) => albums.jobOf(body.job.id)));

  expect(album).toMatchObject({ importStatus: 'imported', releaseCount: 1_104 });
  expect(again).toMatchObject({ state: 'completed', attempt: 1, result: { created: 0, updated: 0, unchanged: 1_104 } });
  expect(many.map(({ status }) => status)).toEqual(many.map(() => 202));
  const last = await albums.service.database
    .collection('releases')
    .find({ albumId: album.id })
    .sort({ _id: 1 })
    .toArray();
  const content = (rows: typeof last) => rows.map(({ seenIn: _s, seenAt: _a, ...row }) => row);
  expect(content(last)).toEqual(content(first));
  expect(new Set(last.map((row) => row['musicbrainzId'])).size).toBe(1_104);
}, 60_000);

test('pages that long track lists shorten are walked to their end', async () => {
  const { album } = await albums.create('The Complete Recordings');

  const pages = albums.service.provider.log().filter(({ path }) => path.includes(album.musicbrainzReleaseGroupId));
  expect(album.releaseCount).toBe(37);
  expect(pages.length).toBeGreaterThan(5);
});

test('changed, merged and deleted releases are told apart by the next import', async () => {
  const { catalogue } = albums;
  const { album } = await albums.create('Album 5');
  const [kept, changed, merged, deleted] = catalogue.releasesOf(album.musicbrainzReleaseGroupId) ?? [];
  catalogue.change(String(changed?.id), { title: 'Another Title' });
  catalogue.merge(String(merged?.id), String(kept?.id));
  catalogue.remove(String(deleted?.id));

  const job = await albums.importAgain(album.id);

  expect(job.result).toMatchObject({ created: 0, updated: 1, unchanged: 3, removed: 2 });
  const shown = await albums.releasesOf(album.id);
  expect(shown.find(({ musicbrainzId }) => musicbrainzId === kept?.id)).toMatchObject({ aliases: [merged?.id] });
  const { items: changes } = (
    await albums.ann<{ items: Json[] }>('GET', `/albums/${album.id}/imports/${job['rootId']}/changes`)
  ).body;
  const was = { field: 'title', from: changed?.['title'], to: 'Another Title' };
  expect(
    new Map(changes.map(({ musicbrainzId, kind, reason, fields }) => [musicbrainzId, { kind, reason, fields }])),
  ).toEqual(
    new Map<unknown, Json>([
      [changed?.id, { kind: 'updated', reason: null, fields: [was] }],
      [merged?.id, { kind: 'removed', reason: 'merged', fields: [] }],
      [deleted?.id, { kind: 'removed', reason: 'deleted', fields: [] }],
    ]),
  );
  const removed = await albums.releasesOf(album.id, '&removed=true');
  expect(removed.map((one) => [one.musicbrainzId, (one['removed'] as Json)['reason']]).toSorted()).toEqual(
    [
      [merged?.id, 'merged'],
      [deleted?.id, 'deleted'],
    ].toSorted(),
  );
});

test('a merged release group goes on under its new id', async () => {
  const { catalogue } = albums;
  const [old, survivor] = [catalogue.album('Album 7'), catalogue.album('Album 8')];
  const { album } = await albums.create('Album 7');
  catalogue.merge(old.releaseGroupId, survivor.releaseGroupId);

  await albums.importAgain(album.id);

  expect(await albums.show(album.id)).toMatchObject({
    musicbrainzReleaseGroupId: survivor.releaseGroupId,
    releaseGroupAliases: [old.releaseGroupId],
    releaseCount: old.releaseCount + survivor.releaseCount,
  });
});

test('one release that cannot be read does not fail the others', async () => {
  const { album: known } = { album: albums.catalogue.album('Album 9') };
  const [broken] = albums.catalogue.releasesOf(known.releaseGroupId) ?? [];
  albums.catalogue.change(String(broken?.id), { 'label-info': 'none' });

  const { album, job } = await albums.create('Album 9');

  expect(album).toMatchObject({ importStatus: 'imported', releaseCount: known.releaseCount - 1 });
  expect(job.result).toMatchObject({
    failed: [{ musicbrainzId: broken?.id, reason: expect.stringContaining('label-info') }],
  });
});

test('an album that is due is looked at again by the schedule, and tells nobody', async () => {
  const { album } = await albums.create('Album 15');
  const operator = await albums.service.as('op', 'operator');
  const rows = albums.service.database.collection<{ _id: string }>('albums');
  await rows.updateOne({ _id: album.id }, { $set: { refreshAt: new Date(Date.now() - 1_000) } });

  await operator('POST', '/schedules/album.refresh/run');

  const looked = await until(
    async () => {
      const { items } = (await albums.ann<{ items: Json[] }>('GET', `/albums/${album.id}/imports`)).body;
      return items.find((one) => one['occasion'] === 'refresh' && one['state'] === 'completed');
    },
    { withinMs: 20_000 },
  );
  expect(looked).toMatchObject({ requestedBy: null, result: { created: 0, unchanged: album.releaseCount } });
  expect(Date.parse(String((await albums.show(album.id))['refreshAt']))).toBeGreaterThan(Date.now() + 3_600_000);
});
