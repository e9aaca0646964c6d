import { type Discogs, startDiscogs } from '@millrace/simulators';
import { afterFile, until } from '@millrace/testkit';
import { type AlbumsUnderTest, albumsUnderTest, type Job } from '../albums-under-test.ts';
import type { Json } from '../service-for-tests.ts';

type Match = Json & { id: string; releaseId: string; state: string; score: number; candidate: { id: string } };

let discogs: Discogs;
let albums: AlbumsUnderTest;
beforeAll(async () => {
  discogs = await startDiscogs({ token: 'secret', perMinute: 1_000 });
  afterFile(() => discogs.stop());
  albums = await albumsUnderTest({ DISCOGS_URL: discogs.url, DISCOGS_TOKEN: 'secret' });
}, 60_000);

const matchesOf = async (albumId: string, state = 'pending') =>
  (await albums.ann<{ items: Match[] }>('GET', `/matches?albumId=${albumId}&state=${state}`)).body.items;

test('what is certain is linked after the import, what is likely waits for a person, and their word stands', async () => {
  const operator = await albums.service.as('op', 'operator');
  const { album } = await albums.create('Album 5');
  const matched = await until(
    async () => {
      const query = `/jobs?name=album.match-releases&state=completed&arg.albumId=${album.id}`;
      return (await operator<{ items: Job[] }>('GET', query)).body.items[0];
    },
    { withinMs: 30_000 },
  );
  const linked = (await albums.releasesOf(album.id)).filter((one) => one['discogsId'] !== null);
  const [first, second] = await matchesOf(album.id);

  expect(matched.result).toMatchObject({ looked: 6, linked: linked.length });
  expect(linked.length).toBeGreaterThan(0);
  expect(linked[0]).toMatchObject({ provenance: { discogsId: { provider: 'discogs' } } });
  expect([first?.score, second?.releaseId]).toEqual([1, first?.releaseId]);

  const bob = await albums.service.as('bob');
  expect((await bob('POST', `/matches/${first?.id}/accept`)).status).toBe(404);
  await albums.ann('POST', `/matches/${first?.id}/accept`);
  await albums.ann('POST', `/matches/${second?.id}/reject`);

  const release = (await albums.releasesOf(album.id)).find(({ id }) => id === first?.releaseId);
  expect(release).toMatchObject({
    discogsId: first?.candidate.id,
    provenance: { discogsId: { provider: 'user:ann' } },
  });
  expect((await matchesOf(album.id, 'rejected')).map(({ id }) => id)).toEqual([second?.id]);
}, 60_000);

test('what no code finds is looked for among the editions of the master, and linked only when all agrees', async () => {
  const operator = await albums.service.as('op', 'operator');
  const { releaseGroupId } = albums.catalogue.album('Album 11');
  const [, , numberless, codeless] = albums.catalogue.releasesOf(releaseGroupId) ?? [];
  albums.catalogue.change(String(numberless?.id), { 'label-info': [], barcode: null });
  const { album } = await albums.create('Album 11');
  const matched = await until(
    async () => {
      const query = `/jobs?name=album.match-releases&state=completed&arg.albumId=${album.id}`;
      return (await operator<{ items: Job[] }>('GET', query)).body.items[0];
    },
    { withinMs: 30_000 },
  );
  const shown = await albums.releasesOf(album.id);
  const byId = (id: unknown) => shown.find(({ musicbrainzId }) => musicbrainzId === id);
  const proposals = (await matchesOf(album.id)).filter(({ releaseId }) => releaseId === byId(numberless?.id)?.id);

  expect(codeless?.['barcode']).toBeNull();
  expect(byId(codeless?.id)).toMatchObject({
    discogsId: expect.any(String),
    provenance: { discogsId: { provider: 'discogs' } },
  });
  expect(byId(numberless?.id)).toMatchObject({ discogsId: null });
  expect(proposals[0]).toMatchObject({ score: 0.6, reasons: expect.arrayContaining(['master release', 'country']) });
  expect(matched.result).toMatchObject({ looked: 6 });
  const ids = shown.flatMap(({ discogsId }) => (discogsId === null ? [] : [discogsId]));
  expect(new Set(ids).size).toBe(ids.length);
}, 60_000);

test('the second provider has a budget and a breaker of its own', async () => {
  const { body } = await albums.ann<{ others: Json[] }>('GET', '/provider');

  expect(body.others).toMatchObject([{ name: 'discogs', url: discogs.url, budget: { intervalMs: 1_000 } }]);
});
