import { type Album, type AlbumsUnderTest, albumsUnderTest, type Release } from '../albums-under-test.ts';

let albums: AlbumsUnderTest;
beforeAll(async () => {
  albums = await albumsUnderTest();
}, 60_000);

test('what a person sets stays against the provider until it is unlocked', async () => {
  const { catalogue } = albums;
  const { album } = await albums.create('Album 11');
  const [release] = (await albums.releasesOf(album.id)) as [Release];
  const path = `/albums/${album.id}/releases/${release.id}`;
  await albums.ann('PATCH', path, { body: { title: 'As I say', date: '1999' } });
  catalogue.change(release.musicbrainzId, { title: 'As they say' });

  const locked = await albums.importAgain(album.id);
  const held = await albums.ann<Release>('GET', path);
  await albums.ann('PATCH', path, { body: { lockedFields: ['date'] } });
  await albums.importAgain(album.id);
  const freed = await albums.ann<Release>('GET', path);

  expect(locked.result).toMatchObject({ updated: 0, skipped: 1 });
  expect(held.body).toMatchObject({
    title: 'As I say',
    date: '1999',
    datePrecision: 'year',
    lockedFields: ['title', 'date'],
    provenance: { title: { provider: 'user:ann' } },
    source: { payload: { title: 'As they say' } },
  });
  expect(freed.body).toMatchObject({
    title: 'As they say',
    date: '1999',
    provenance: { title: { provider: 'musicbrainz' } },
  });
});

test('the preferred edition follows taste and choice, and says why', async () => {
  const { album } = await albums.create('Hundred Editions');
  const taste = { countries: ['JP'], formats: ['vinyl'] };

  const tasted = await albums.ann<Album>('PATCH', `/albums/${album.id}`, { body: { taste } });
  const other = (await albums.releasesOf(album.id)).at(-1)?.id;
  const pinned = await albums.ann<Album>('PATCH', `/albums/${album.id}`, { body: { pinnedReleaseId: other } });

  const chosen = (
    await albums.ann<Release>('GET', `/albums/${album.id}/releases/${tasted.body.preferredEdition.releaseId}`)
  ).body;
  expect(chosen).toMatchObject({ status: 'official', countries: expect.arrayContaining(['JP']) });
  expect(tasted.body.preferredEdition.reasons.slice(0, 2)).toEqual(['it is official', 'it came out in JP']);
  expect(pinned.body).toMatchObject({ preferredEdition: { releaseId: other, isPinned: true } });
});

test('releases are narrowed by format and country, paged without gaps, and grouped', async () => {
  const { album } = await albums.create('Hundred Editions');

  const vinyl = await albums.releasesOf(album.id, '&format=vinyl&country=GB');
  const pages: Release[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: { body: { items: Release[]; nextCursor: string | null } } = await albums.ann(
      'GET',
      `/albums/${album.id}/releases?limit=30${cursor && `&cursor=${cursor}`}`,
    );
    pages.push(...page.body.items);
    cursor = page.body.nextCursor;
  }
  const groups = await albums.ann<{ items: { key: string; count: number }[] }>(
    'GET',
    `/albums/${album.id}/releases/groups?by=year`,
  );

  expect(vinyl.length).toBeGreaterThan(0);
  for (const one of vinyl) expect([one.format, one.countries.includes('GB')]).toEqual(['vinyl', true]);
  expect(new Set(pages.map(({ id }) => id)).size).toBe(100);
  expect(groups.body.items.reduce((sum, { count }) => sum + count, 0)).toBe(100);
});
