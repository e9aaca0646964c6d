import { type MusicBrainz, startMusicBrainz } from './musicbrainz.ts';

let provider: MusicBrainz;
beforeEach(async () => {
  provider = await startMusicBrainz({ plainAlbums: 12 });
});
afterEach(() => provider.stop());

type Page = { 'release-count': number; 'release-offset': number; releases: Record<string, unknown>[] };

const agent = { 'User-Agent': 'Test/1.0 ( test@example.org )' };

const get = async (path: string, headers: Record<string, string> = agent) => {
  const answer = await fetch(`${provider.url}${path}`, { headers, redirect: 'manual' });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: parsed(text) };
};

const parsed = (text: string): Page & Record<string, unknown> => {
  try {
    return JSON.parse(text);
  } catch {
    return {} as never;
  }
};

const idOf = (title: string) => provider.catalogue.album(title).releaseGroupId;
const browse = (title: string, query = '') => get(`/ws/2/release?release-group=${idOf(title)}&fmt=json${query}`);

test('pages hold 25 releases by default and 100 at most', async () => {
  const [usual, most] = [await browse('Hundred Editions'), await browse('Thousand Editions', '&limit=500&offset=1050')];

  expect([usual.body.releases.length, usual.body['release-count'], usual.body['release-offset']]).toEqual([25, 100, 0]);
  expect([most.body.releases.length, most.body['release-count'], most.body['release-offset']]).toEqual([
    54, 1_104, 1_050,
  ]);
});

test('long track lists shorten a page, and walking by what was received meets every release', async () => {
  const met: unknown[] = [];
  let pages = 0;
  for (let total = 1; met.length < total; pages++) {
    const { body } = await browse('The Complete Recordings', `&limit=100&offset=${met.length}`);
    total = body['release-count'];
    met.push(...body.releases.map(({ id }) => id));
  }

  expect([new Set(met).size, pages > 5]).toEqual([37, true]);
});

test('labels, media and release groups are shown when they are asked for, and the catalogue is the same at each start', async () => {
  const other = await startMusicBrainz({ plainAlbums: 12 });
  const plain = (await browse('Single Pressing')).body.releases[0];
  const full = (await browse('Single Pressing', '&inc=labels+media+release-groups+artist-credits')).body.releases[0];

  expect([plain?.['label-info'], plain?.['media']]).toEqual([undefined, undefined]);
  expect(full).toEqual(other.catalogue.releasesOf(idOf('Single Pressing'))?.[0]);
  await other.stop();
});

test('unknown groups, malformed ids and clients without a contact are refused', async () => {
  const unknown = await get('/release?release-group=00000000-0000-4000-8000-000000000000');
  const malformed = await get('/release?release-group=x');
  const anonymous = await get(`/release?release-group=${idOf('Single Pressing')}`, { 'User-Agent': 'curl/8' });

  expect([unknown.status, malformed.status, anonymous.status]).toEqual([404, 400, 403]);
});

test('a merged release and a merged group answer under their new ids', async () => {
  const [kept, merged] = provider.catalogue.releasesOf(idOf('Album 5')) ?? [];
  provider.catalogue.merge(String(merged?.id), String(kept?.id));
  provider.catalogue.merge(idOf('Album 7'), idOf('Album 8'));

  const release = await get(`/ws/2/release/${merged?.id}`);
  const group = await get(`/ws/2/release-group/${idOf('Album 8')}`);

  expect([release.body['id'], group.body['id']]).toEqual([kept?.id, idOf('Album 8')]);
  expect(() => provider.catalogue.album('Album 7')).toThrow('no album Album 7');
});

test.each([
  [{ kind: 'status', status: 503, retryAfterSeconds: 2 } as const, [503, '2']],
  [{ kind: 'redirect' } as const, [301, null]],
  [{ kind: 'malformed' } as const, [200, null]],
])('the fault %j strikes once and heals', async (fault, expected) => {
  provider.fail({ ...fault, times: 1 });
  const [struck, healed] = [await browse('Single Pressing'), await browse('Single Pressing')];

  expect([struck.status, struck.headers.get('retry-after')]).toEqual(expected);
  expect(struck.body.releases).toBeUndefined();
  expect(healed.body.releases).toHaveLength(1);
});

test('short pages hold a third, resets drop the connection, and the log tells of every call', async () => {
  provider.fail({ kind: 'short', times: 1 });
  const short = await browse('Hundred Editions', '&limit=30');
  provider.fail({ kind: 'reset', times: 1 });
  await expect(browse('Single Pressing')).rejects.toThrow();
  const { body } = await get('/__control/log');

  expect(short.body.releases).toHaveLength(10);
  expect([provider.calls(), (body['calls'] as unknown[]).length]).toEqual([{ browse: 2 }, 2]);
  expect(provider.smallestGapMs()).toBeGreaterThan(0);
});

test('the catalogue is listed and changed by HTTP', async () => {
  const [release] = provider.catalogue.releasesOf(idOf('Single Pressing')) ?? [];
  const change = { change: { id: release?.id, fields: { title: 'Changed' } } };

  await fetch(`${provider.url}/__control/catalogue`, { method: 'POST', body: JSON.stringify(change) });
  const { body } = await get('/__control/albums');

  expect((await browse('Single Pressing')).body.releases[0]?.['title']).toBe('Changed');
  expect(body['items']).toHaveLength(17);
});
