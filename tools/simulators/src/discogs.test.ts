import { type Discogs, startDiscogs } from './discogs.ts';

let provider: Discogs;
beforeEach(async () => {
  provider = await startDiscogs({ token: 'secret', perMinute: 3 });
});
afterEach(() => provider.stop());

const search = async (query: string, token = 'secret') => {
  const headers = { 'User-Agent': 'Test/1.0', Authorization: `Discogs token=${token}` };
  const answer = await fetch(`${provider.url}/database/search?type=release&${query}`, { headers });
  const body = (await answer.json()) as { results: { id: number; barcode: string[]; catno: string }[] };
  return { status: answer.status, left: answer.headers.get('x-discogs-ratelimit-remaining'), results: body.results };
};

const releases = () => provider.catalogue.allReleases();

test('a release is found by its barcode and by its catalogue number', async () => {
  const barcode = String(releases()[0]?.['barcode']);

  const byBarcode = await search(`barcode=${barcode}`);
  const [found] = byBarcode.results;
  const byNumber = await search(`catno=${encodeURIComponent(String(found?.catno))}`);

  expect(byBarcode).toMatchObject({ status: 200, left: '2', results: [{ barcode: [barcode] }] });
  expect(byNumber.results.map(({ id }) => id)).toContain(found?.id);
  expect((await search('barcode=000')).results).toEqual([]);
});

test('a master lists all editions of a release group in pages, those without a barcode too', async () => {
  const { releaseGroupId } = provider.catalogue.album('Hundred Editions');
  const codeless = provider.catalogue.releasesOf(releaseGroupId)?.filter((release) => !release['barcode']) ?? [];
  const headers = { Authorization: 'Discogs token=secret' };
  const barcode = String(provider.catalogue.releasesOf(releaseGroupId)?.[0]?.['barcode']);
  const [found] = (await search(`barcode=${barcode}`)).results as unknown as { master_id: number }[];
  const versions = async (page: number) => {
    const answer = await fetch(`${provider.url}/masters/${found?.master_id}/versions?per_page=100&page=${page}`, {
      headers,
    });
    return (await answer.json()) as { pagination: { pages: number; items: number }; versions: { id: number }[] };
  };

  const [first, second] = [await versions(1), await versions(2)];

  expect(codeless.length).toBeGreaterThan(0);
  expect(first.pagination).toMatchObject({ pages: 2, items: first.versions.length + second.versions.length });
  expect(first.pagination.items).toBeGreaterThanOrEqual(100);
});

test('a wrong token is refused, and so is what comes too often', async () => {
  expect((await search('barcode=0', 'wrong')).status).toBe(401);

  const statuses = [];
  for (let count = 0; count < 4; count++) statuses.push((await search('barcode=0')).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
});
