import { until } from '@millrace/testkit';
import { v7 } from 'uuid';
import { type Album, type AlbumsUnderTest, albumsUnderTest, type Job } from '../albums-under-test.ts';

type Batch = { id: string; job: Job & { message: string; errors: object[] }; albums: Record<string, number> };

let albums: AlbumsUnderTest;
beforeAll(async () => {
  albums = await albumsUnderTest();
}, 60_000);

const artistOf = () => albums.catalogue.album('Album 1').artistId;
const groupsOf = (...titles: string[]) => titles.map((title) => albums.catalogue.album(title).releaseGroupId);

async function asked(body: object, sub = 'ann'): Promise<Batch> {
  const person = await albums.service.as(sub);
  const { status, headers, body: batch } = await person<Batch>('POST', '/batches', { body });
  expect([status, headers.get('location')]).toEqual([202, `/batches/${batch.id}`]);
  await person('GET', `/jobs/${batch.id}?wait=30`);
  return (await person<Batch>('GET', `/batches/${batch.id}`)).body;
}

const titlesOf = async (sub: string, query = '') => {
  const person = await albums.service.as(sub);
  return (await person<{ items: Album[] }>('GET', `/albums?limit=1000${query}`)).body.items.map(
    (album) => album['title'],
  );
};

test('all albums of an artist come over pages of uneven length, each once, with their releases', async () => {
  albums.service.provider.fail({ kind: 'short', operation: 'browse', times: 1 });
  const all = albums.catalogue.albums();
  await albums.create('Album 20');

  const { id, job } = await asked({ musicbrainzArtistId: artistOf() });
  const again = await asked({ musicbrainzArtistId: artistOf() });
  await until(
    async () => (await albums.ann<Batch>('GET', `/batches/${id}`)).body.albums['imported'] === all.length - 1,
    {
      withinMs: 60_000,
      message: 'all albums are imported',
    },
  );

  const none = { missing: [], planned: [] };
  expect(job).toMatchObject({
    state: 'completed',
    result: { total: all.length, created: all.length - 1, known: 1, ...none },
  });
  expect(again.job.result).toMatchObject({ created: 0, known: all.length, ...none });
  expect((await titlesOf('ann')).toSorted()).toEqual(all.map(({ title }) => title).toSorted());
  expect(await titlesOf('ann', `&batchId=${id}`)).toHaveLength(all.length - 1);
  const told = await albums.service.database
    .collection('jobs')
    .countDocuments({ name: 'album.import-releases', 'payload.requestedBy': { $ne: null } });
  expect(told).toBe(1);
}, 90_000);

test('a dry run says what a list would make, and makes nothing', async () => {
  const unknown = v7();
  const body = { musicbrainzReleaseGroupIds: [...groupsOf('Album 1', 'Album 2'), unknown], dryRun: true };

  const { job, albums: made } = await asked(body, 'bob');

  expect(job.result).toEqual({
    ...{ total: 3, created: 2, known: 0, missing: [unknown] },
    planned: ['Album 1', 'Album 2'].map((title) => ({
      ...{ title, artists: ['The Simulators'] },
      musicbrainzReleaseGroupId: albums.catalogue.album(title).releaseGroupId,
    })),
  });
  expect([made, await titlesOf('bob')]).toEqual([{}, []]);
});

test('a batch that was stopped goes on behind the last album, and makes nothing twice', async () => {
  const { provider } = albums.service;
  const ids = groupsOf('Album 1', 'Album 2', 'Album 3');
  const cid = await albums.service.as('cid');
  const operator = await albums.service.as('op', 'operator');
  const looksFor = (id: string) => provider.log().filter(({ path }) => path.includes(`/release-group/${id}`)).length;
  const before = looksFor(ids[0] ?? '');
  provider.fail({ kind: 'timeout', operation: 'lookup', every: 3 });
  const { id } = (await cid<Batch>('POST', '/batches', { body: { musicbrainzReleaseGroupIds: ids } })).body;
  await until(async () => (await titlesOf('cid')).length === 2, { withinMs: 20_000 });

  await cid('POST', `/batches/${id}/cancel`);
  await cid('GET', `/jobs/${id}?wait=30`);
  provider.heal();
  await operator('POST', `/jobs/${id}/retry`, { body: {} });
  const { result } = (await cid<Job>('GET', `/jobs/${id}?wait=30`)).body;

  expect(result).toMatchObject({ total: 3, created: 3, known: 0 });
  expect((await titlesOf('cid')).toSorted()).toEqual(['Album 1', 'Album 2', 'Album 3']);
  expect(looksFor(ids[0] ?? '') - before).toBe(1);
});

test('a batch is cancelled by whoever asked for it, and what it has made stays', async () => {
  albums.service.provider.fail({ kind: 'timeout', operation: 'lookup' });
  const dan = await albums.service.as('dan');
  const body = { musicbrainzReleaseGroupIds: groupsOf('Album 1', 'Album 2') };
  const { body: batch } = await dan<Batch>('POST', '/batches', { body });
  const bob = await albums.service.as('bob');

  const foreign = await Promise.all([bob('GET', `/batches/${batch.id}`), bob('POST', `/batches/${batch.id}/cancel`)]);
  await dan('POST', `/batches/${batch.id}/cancel`);
  const ended = (await dan<Job>('GET', `/jobs/${batch.id}?wait=30`)).body;
  albums.service.provider.heal();
  const late = await dan('POST', `/batches/${batch.id}/cancel`);

  expect(foreign.map(({ status, body: answer }) => [status, answer['code']])).toEqual(
    Array(2).fill([404, 'batch-not-found']),
  );
  expect([ended.state, late.status, late.body['code']]).toEqual(['cancelled', 409, 'batch-state-conflict']);
});

test('an artist that the provider does not have fails for good, and a wish for nothing is refused', async () => {
  const { job } = await asked({ musicbrainzArtistId: v7() }, 'eve');
  const refused = await Promise.all(
    [{}, { musicbrainzArtistId: v7(), musicbrainzReleaseGroupIds: [v7()] }].map((body) =>
      albums.ann('POST', '/batches', { body }),
    ),
  );

  expect(job).toMatchObject({ state: 'failed', attempt: 1, errors: [{ code: 'artist-missing' }] });
  expect(refused.map(({ status }) => status)).toEqual([422, 422]);
});
