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

test('a wrong token is refused, and so is what comes too often', async () => {
  expect((await search('barcode=0', 'wrong')).status).toBe(401);

  const statuses = [];
  for (let count = 0; count < 4; count++) statuses.push((await search('barcode=0')).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
});
