import { randomUUID } from 'node:crypto';
import { until } from '@millrace/testkit';
import { type Json, serviceForTests, type TestService } from '../service-for-tests.ts';

type Call = Awaited<ReturnType<TestService['as']>>;
type Entity = Json & {
  id: string;
  name: string;
  imageUrl: string | null;
  prerequisiteId?: string | null;
  revision: number;
};
type List = { items: Entity[]; nextCursor: string | null };

let service: TestService;
let ann: Call;
beforeAll(async () => {
  service = await serviceForTests({ ASSET_GRACE_SECONDS: '0' });
  ann = await service.as('ann');
  await until(async () => (await fetch(`${service.url}/readyz`)).ok, { withinMs: 30_000 });
});

describe('entities of a campaign', () => {
  test.each([
    ['schticks', 20, { name: 'New Trick', category: 'Guns' }],
    ['weapons', 4, { name: 'New Blade' }],
    ['characters', 3, { name: 'New Face' }],
    ['factions', 2, { name: 'New Guild' }],
    ['junctures', 2, { name: 'New Age' }],
  ])('%s are listed, made, shown, replaced, changed and deleted', async (kind, seeded, body) => {
    const path = `${await readyCampaign()}/${kind}`;

    const made = await ann<Entity>('POST', path, { body });
    const one = `${path}/${made.body.id}`;
    expect([made.status, made.headers.get('location')]).toEqual([201, one]);
    expect((await ann<List>('GET', path)).body.items).toHaveLength(seeded + 1);
    expect((await ann('GET', one)).body).toEqual(made.body);

    const changed = await ann<Entity>('PATCH', one, { body: { name: 'Renamed' } });
    expect(changed.body).toEqual({ ...made.body, name: 'Renamed', revision: 2, updatedAt: changed.body['updatedAt'] });
    const replaced = await ann<Entity>('PUT', one, { body: { ...changed.body, name: 'Replaced' } });
    expect([replaced.status, replaced.body.name, replaced.body.revision]).toEqual([200, 'Replaced', 3]);

    expect((await ann('DELETE', one)).status).toBe(204);
    expect((await ann('GET', one)).body['code']).toBe('entity-not-found');
    expect((await ann<List>('GET', path)).body.items).toHaveLength(seeded);
  });

  test('are listed in pages by category and name, each exactly once', async () => {
    const path = `${await readyCampaign()}/schticks`;
    const seen: Entity[] = [];
    let cursor = '';

    do {
      const { body } = await ann<List>('GET', `${path}?limit=7${cursor}`);
      seen.push(...body.items);
      cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : '';
    } while (cursor);

    const keys = seen.map((row) => `${row['category']}/${row.name}`);
    expect(new Set(keys).size).toBe(20);
    expect(keys).toEqual([...keys].sort());
  });

  test('can be narrowed by field and by part of the name', async () => {
    const path = `${await readyCampaign()}/schticks`;
    const all = (await ann<List>('GET', path)).body.items;
    const [first] = all;

    const guns = (await ann<List>('GET', `${path}?category=Guns`)).body.items;
    const named = (await ann<List>('GET', `${path}?q=${encodeURIComponent(String(first?.name).toLowerCase())}`)).body
      .items;

    expect(guns).toHaveLength(6);
    expect(named.map(({ id }) => id)).toContain(first?.id);
    expect((await ann('GET', `${path}?nonsense=1`)).status).toBe(422);
  });

  test('keep unique names unique, and a name that was given up is free again', async () => {
    const path = `${await readyCampaign()}/weapons`;
    const one = (await ann<Entity>('POST', path, { body: { name: 'Alpha' } })).body;
    const two = (await ann<Entity>('POST', path, { body: { name: 'Beta' } })).body;

    expect((await ann('POST', path, { body: { name: 'Alpha' } })).body['code']).toBe('name-taken');
    expect((await ann('PATCH', `${path}/${two.id}`, { body: { name: 'Alpha' } })).status).toBe(409);
    expect((await ann('PATCH', `${path}/${one.id}`, { body: { name: 'Gamma' } })).status).toBe(200);
    expect((await ann('PATCH', `${path}/${two.id}`, { body: { name: 'Alpha' } })).status).toBe(200);
    expect((await ann('POST', path, { body: { name: 'Beta' } })).status).toBe(201);
    expect((await ann('DELETE', `${path}/${one.id}`)).status).toBe(204);
    expect((await ann('POST', path, { body: { name: 'Gamma' } })).status).toBe(201);
  });

  test('are changed only at the revision in If-Match', async () => {
    const path = `${await readyCampaign()}/factions`;
    const [faction] = (await ann<List>('GET', path)).body.items;
    const change = (revision: number) =>
      ann('PATCH', `${path}/${faction?.id}`, {
        body: { description: 'new' },
        headers: { 'If-Match': `W/"${revision}"` },
      });

    expect((await change(1)).headers.get('etag')).toBe('W/"2"');
    expect([(await change(1)).status, (await change(2)).status]).toEqual([412, 200]);
  });

  test('may only point at entities of the same campaign, and never in a circle', async () => {
    const [path, other] = [`${await readyCampaign()}/schticks`, `${await readyCampaign()}/schticks`];
    const child = (await ann<List>('GET', path)).body.items.find(({ prerequisiteId }) => prerequisiteId);
    const [stranger] = (await ann<List>('GET', other)).body.items;
    const change = (id: unknown, prerequisiteId: unknown) =>
      ann('PATCH', `${path}/${id}`, { body: { prerequisiteId } });

    expect((await change(child?.id, stranger?.id)).body).toMatchObject({
      code: 'validation-failed',
      errors: [{ path: 'body.prerequisiteId' }],
    });
    expect((await change(child?.prerequisiteId, child?.id)).status).toBe(422);
    expect((await change(child?.id, child?.id)).status).toBe(422);
    expect((await change(child?.id, null)).status).toBe(200);
  });

  test('let go of what is deleted', async () => {
    const campaign = await readyCampaign();
    const child = (await ann<List>('GET', `${campaign}/schticks`)).body.items.find(
      ({ prerequisiteId }) => prerequisiteId,
    );

    await ann('DELETE', `${campaign}/schticks/${child?.prerequisiteId}`);

    expect((await ann<Entity>('GET', `${campaign}/schticks/${child?.id}`)).body.prerequisiteId).toBeNull();
    expect((await ann<{ counts: Json }>('GET', campaign)).body.counts).toMatchObject({ schticks: 19 });
  });

  test.each([
    ['a damage below zero', 'weapons', { name: 'x', damage: -1 }],
    ['a name that is no text', 'factions', { name: ['x'] }],
    ['no category', 'schticks', { name: 'x' }],
    ['a malformed id', 'characters', { name: 'x', factionId: 'nonsense' }],
  ])('with %s are refused with 422', async (_what, kind, body) => {
    expect((await ann('POST', `${await readyCampaign()}/${kind}`, { body })).status).toBe(422);
  });
});

describe('pictures', () => {
  test('seeding a campaign uploads nothing and saves what is shared', async () => {
    const before = (await ann('GET', '/assets')).body;

    await readyCampaign();

    const after = (await ann('GET', '/assets')).body;
    expect(service.provider.calls()['upload'] ?? 0).toBe(service.provider.files().length);
    expect(after['bytesStored']).toBe(before['bytesStored']);
    expect(Number(after['bytesSaved'])).toBeGreaterThan(Number(before['bytesSaved']) + 31 * 1_800_000);
    expect(after['dangling']).toBe(0);
  });

  test('of the same bytes are uploaded once, and stay until the last entity lets go', async () => {
    const path = `${await readyCampaign()}/schticks`;
    const [one, two] = (await ann<List>('GET', path)).body.items;
    const bytes = pngOf('shared');
    const uploads = () => service.provider.calls()['upload'] ?? 0;
    const before = uploads();

    const [first, second] = await Promise.all(
      [one, two].map((row) => ann<Entity>('PUT', `${path}/${row?.id}/image`, { bytes })),
    );
    expect([first?.status, second?.status, uploads() - before]).toEqual([200, 200, 1]);
    expect(first?.body.imageUrl).toBe(second?.body.imageUrl);

    await ann('DELETE', `${path}/${one?.id}/image`);
    expect((await ann<Entity>('GET', `${path}/${one?.id}`)).body.imageUrl).toBeNull();
    expect((await fetch(String(second?.body.imageUrl))).status).toBe(200);

    await ann('DELETE', `${path}/${two?.id}`);
    await until(async () => (await fetch(String(second?.body.imageUrl))).status === 404, { withinMs: 20_000 });
    expect((await ann('GET', '/assets')).body['dangling']).toBe(0);

    const again = await until(
      async () => {
        const [third] = (await ann<List>('GET', path)).body.items;
        const answer = await ann<Entity>('PUT', `${path}/${third?.id}/image`, { bytes });
        return answer.status === 200 && answer;
      },
      { withinMs: 10_000 },
    );
    expect((await fetch(String(again.body.imageUrl))).status).toBe(200);
  });

  test('that a template brought stay when one campaign lets go of them', async () => {
    const path = `${await readyCampaign()}/weapons`;
    const [weapon] = (await ann<List>('GET', path)).body.items;

    await ann('DELETE', `${path}/${weapon?.id}`);

    expect((await fetch(String(weapon?.imageUrl))).status).toBe(200);
    expect((await ann('GET', '/assets')).body['unreferenced']).toBe(0);
  });

  test('are told by their bytes, not by what the caller says', async () => {
    const path = `${await readyCampaign()}/weapons`;
    const [weapon] = (await ann<List>('GET', path)).body.items;
    const put = (bytes: Buffer, type?: string) =>
      ann('PUT', `${path}/${weapon?.id}/image`, { bytes, ...(type && { type }) });

    expect((await put(Buffer.from('<svg/>'))).status).toBe(415);
    expect((await put(pngOf('x'), 'text/plain')).status).toBe(415);
    expect((await put(Buffer.alloc(10 * 1_048_576 + 1))).status).toBe(413);
    expect(
      (
        await put(
          Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from(randomUUID())]),
          'application/octet-stream',
        )
      ).status,
    ).toBe(200);
  });

  test('are attached to stored entities only', async () => {
    const before = service.provider.calls()['upload'] ?? 0;

    const answer = await ann('PUT', `${await readyCampaign()}/weapons/${randomUUID()}/image`, {
      bytes: pngOf('nobody'),
    });

    expect([answer.status, answer.body['code']]).toEqual([404, 'entity-not-found']);
    expect(service.provider.calls()['upload'] ?? 0).toBe(before);
  });

  test('are refused clearly while the provider is down, and nothing is changed', async () => {
    const path = `${await readyCampaign()}/factions`;
    const [faction] = (await ann<List>('GET', path)).body.items;
    service.provider.fail({ kind: 'status', status: 400, operation: 'upload', times: 1 });

    const refused = await ann('PUT', `${path}/${faction?.id}/image`, { bytes: pngOf('refused') });

    expect([refused.status, refused.body['code']]).toEqual([502, 'image-provider-failed']);
    expect((await ann('GET', `${path}/${faction?.id}`)).body).toEqual(faction);
    expect((await ann('PUT', `${path}/${faction?.id}/image`, { bytes: pngOf('refused') })).status).toBe(200);
  });
});

async function readyCampaign(): Promise<string> {
  const { body } = await until(async () => {
    const answer = await ann<{ campaign: { id: string } }>('POST', '/campaigns', { body: { name: 'Ready' } });
    return answer.status === 201 && answer;
  });
  const path = `/campaigns/${body.campaign.id}`;
  await until(async () => (await ann('GET', path)).body['status'] === 'ready', { withinMs: 30_000 });
  return path;
}

const pngOf = (content: string) =>
  Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from(content.padEnd(64))]);
