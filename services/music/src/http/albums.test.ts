import { until } from '@millrace/testkit';
import { v7 } from 'uuid';
import { type Album, type AlbumsUnderTest, albumsUnderTest, type Job } from '../albums-under-test.ts';
import type { Json } from '../service-for-tests.ts';

let albums: AlbumsUnderTest;
beforeAll(async () => {
  albums = await albumsUnderTest();
}, 60_000);

test('a new album is answered at once, and its releases arrive as the provider has them', async () => {
  const { album, job } = await albums.create('Single Pressing');

  expect(album).toMatchObject({ importStatus: 'imported', releaseCount: 1, ownerId: 'ann', failure: null });
  const [release] = await albums.releasesOf(album.id);
  expect(release).toMatchObject({
    title: 'Single Pressing',
    status: 'official',
    format: 'cd',
    date: '1973-01-01',
    datePrecision: 'day',
    country: 'GB',
    barcode: expect.stringMatching(/^\d{13}$/),
    packaging: 'Jewel Case',
    language: 'eng',
    script: 'Latn',
    labels: [{ name: 'Harvest', catalogNumber: 'SHVL 800' }],
    media: [{ position: 1, format: 'CD', trackCount: 10 }],
    coverArt: { front: true, back: true, isDarkened: false },
    provenance: { barcode: { provider: 'musicbrainz', fetchedAt: expect.any(String) } },
  });
  expect(job).toMatchObject({
    state: 'completed',
    attempt: 1,
    result: { created: 1, updated: 0, unchanged: 0, removed: 0, skipped: 0, failed: [] },
  });
});

test.each([
  ['an album without a release group', null, 'names no release group'],
  ['a release group that the provider does not have', v7(), 'has no release group'],
])('%s needs a match, says so, and is not tried again', async (_name, groupId, message) => {
  const { album, job } = await albums.create('Unknown', groupId);

  expect(album).toMatchObject({ importStatus: 'needs-match', releaseCount: 0, failure: { code: 'needs-match' } });
  expect(job).toMatchObject({
    state: 'failed',
    attempt: 1,
    errors: [{ code: 'needs-match', message: expect.stringContaining(message) }],
  });
});

test('an album that needed a match is imported once it was given one', async () => {
  const { album } = await albums.create('Album 1', null);
  const { releaseGroupId, releaseCount } = albums.catalogue.album('Album 1');

  await albums.ann('PATCH', `/albums/${album.id}`, { body: { musicbrainzReleaseGroupId: releaseGroupId } });
  await albums.importAgain(album.id);

  expect(await albums.show(album.id)).toMatchObject({ importStatus: 'imported', releaseCount, failure: null });
});

test('a release group with nothing released is imported, too', async () => {
  expect((await albums.create('Nothing Released')).album).toMatchObject({ importStatus: 'imported', releaseCount: 0 });
});

test('albums of others do not exist for a member, a viewer sees them and changes nothing', async () => {
  const { album } = await albums.create('Single Pressing');
  const [bob, viewer] = [await albums.service.as('bob'), await albums.service.as('eve', 'viewer')];

  const asBob = await Promise.all([
    bob('GET', `/albums/${album.id}`),
    bob('GET', `/albums/${album.id}/releases`),
    bob('POST', `/albums/${album.id}/import`),
    bob('DELETE', `/albums/${album.id}`),
    bob('GET', '/albums/nonsense'),
  ]);

  expect(asBob.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
  expect((await viewer('GET', `/albums/${album.id}`)).status).toBe(200);
  expect((await viewer('PATCH', `/albums/${album.id}`, { body: { title: 'Mine' } })).status).toBe(403);
  expect((await bob<{ items: Album[] }>('GET', '/albums')).body.items).toEqual([]);
});

test('an import that an operator asks for is the owner’s to see, too', async () => {
  const { album } = await albums.create('Album 11');
  const [operator, bob] = [await albums.service.as('op', 'operator'), await albums.service.as('bob')];

  const { body } = await operator<{ job: { id: string } }>('POST', `/albums/${album.id}/import`);

  expect((await albums.ann('GET', `/jobs/${body.job.id}`)).body).toMatchObject({ name: 'album.import-releases' });
  expect((await bob('GET', `/jobs/${body.job.id}`)).status).toBe(404);
});

test('a deleted album is gone with its releases, and its import fails for good', async () => {
  const { album } = await albums.create('Album 12');
  const operator = await albums.service.as('op', 'operator');

  const deleted = await albums.ann('DELETE', `/albums/${album.id}`);
  const { body } = await operator<{ job: Job }>('POST', '/jobs', {
    body: { name: 'album.import-releases', payload: { albumId: album.id } },
  });
  const job = (await operator<Job>('GET', `/jobs/${body.job.id}?wait=30`)).body;

  expect([deleted.status, (await albums.ann('GET', `/albums/${album.id}`)).status]).toEqual([204, 404]);
  expect(job).toMatchObject({ state: 'failed', attempt: 1, errors: [{ code: 'album-missing' }] });
  expect(await albums.service.database.collection('releases').countDocuments({ albumId: album.id })).toBe(0);
});

test('the same Idempotency-Key makes one album and one import', async () => {
  const { releaseGroupId } = albums.catalogue.album('Album 13');
  const sending = {
    body: { title: 'Once', musicbrainzReleaseGroupId: releaseGroupId },
    headers: { 'Idempotency-Key': v7() },
  };

  const answers = [
    await albums.ann<{ album: Album; job: Job }>('POST', '/albums', sending),
    await albums.ann('POST', '/albums', sending),
  ];

  expect(answers[1]?.body).toEqual(answers[0]?.body);
  expect(
    (await albums.ann<{ items: Album[] }>('GET', '/albums')).body.items.filter((one) => one['title'] === 'Once'),
  ).toHaveLength(1);
});

test('who follows the albums hears of each change to their own, and after a break what came meanwhile', async () => {
  const bob = await albums.service.as('bob');
  const { album } = await albums.create('Single Pressing');
  const rename = (title: string) => albums.ann('PATCH', `/albums/${album.id}`, { body: { title } });
  const hasTitle = (title: string) => (heard: readonly Heard[]) => heard.some(({ data }) => data['title'] === title);

  const first = await listen('ann');
  await first.until(hasTitle('Single Pressing'));
  await bob('POST', '/albums', { body: { title: 'Of Bob' } });
  await rename('Heard');
  await first.until(hasTitle('Heard'));
  await first.stop();
  await rename('Missed');
  const second = await listen('ann', first.heard.at(-1)?.id);
  await second.until(hasTitle('Missed'));
  await second.stop();

  expect(new Set(first.heard.map(({ event, data }) => `${event} of ${data['ownerId']}`))).toEqual(
    new Set(['album of ann']),
  );
  expect(first.heard.findLast(({ data }) => data['id'] === album.id)?.data).toMatchObject({
    title: 'Heard',
    releaseCount: 1,
  });
  expect(second.heard.filter(({ data }) => data['id'] !== album.id)).toEqual([]);
});

type Heard = { readonly id: string; readonly event: string; readonly data: Json };

/** An open stream of albums. @param lastEventId where an earlier one broke off. */
async function listen(sub: string, lastEventId?: string) {
  const breaking = new AbortController();
  const headers = {
    authorization: `Bearer ${await albums.service.tokenOf(sub)}`,
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  };
  const { body } = await fetch(`${albums.service.url}/events`, { headers, signal: breaking.signal });
  let text = '';
  const heard: Heard[] = [];
  const reading = (async () => {
    for await (const chunk of body ?? []) {
      const parts = (text + Buffer.from(chunk).toString()).split('\n\n');
      text = parts.pop() ?? '';
      heard.push(...parts.filter((part) => part.includes('data: ')).map(eventIn));
    }
  })().catch(() => undefined);
  return {
    heard,
    until: (isThere: (all: readonly Heard[]) => boolean) => until(() => isThere(heard), { withinMs: 20_000 }),
    async stop() {
      breaking.abort();
      await reading;
    },
  };
}

function eventIn(part: string): Heard {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1] ?? '';
  return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) };
}

test('the provider shows its budget, breaker and queue, and the imports their results', async () => {
  const { album } = await albums.create('Album 14');

  const provider = await albums.ann('GET', '/provider');
  const imports = await albums.ann<{ items: Json[] }>('GET', `/albums/${album.id}/imports`);

  expect(provider.body).toMatchObject({
    name: 'musicbrainz',
    url: `${albums.service.provider.url}/ws/2`,
    isPublic: false,
    budget: { intervalMs: 5, requests: expect.any(Number), failuresInARow: 0 },
    breaker: { state: 'closed' },
    queue: { waiting: expect.any(Number), etaMs: expect.any(Number) },
  });
  expect(imports.body.items).toMatchObject([
    { state: 'completed', occasion: 'creation', result: { created: album.releaseCount } },
  ]);
});
