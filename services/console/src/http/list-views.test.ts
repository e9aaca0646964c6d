import { mintLocalToken, type Role } from '@millrace/service';
import { consoleForTests, type TestConsole } from '../console-for-tests.ts';
import { listNames } from '../domain/list-name.ts';

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

describe('a console without its services', () => {
  let world: TestConsole;
  beforeAll(async () => {
    // Nobody listens at port 9 of this machine.
    const nobody = 'http://127.0.0.1:9';
    const names = ['CAMPAIGN_URL', 'MUSIC_URL', 'PROJECTS_URL', 'MESH_URL', 'NOTIFICATIONS_URL'];
    world = await consoleForTests(Object.fromEntries(names.map((name) => [name, nobody])));
  });

  const person = async (sub: string, role: Role = 'viewer') => {
    const token = await mintLocalToken({ sub, role, keyFile: world.keyFile });
    return async (method: string, path: string, body?: unknown): Promise<Answer> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const wish = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
      const answer = await fetch(`${world.url}/api${path}`, wish);
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
    };
  };
  const namesOf = ({ body }: Answer) => (body['items'] as readonly { name: string }[]).map(({ name }) => name);

  it('keeps views for the one who saved them, by their names', async () => {
    const [ann, ben] = [await person('ann'), await person('ben')];

    await ann('PUT', '/views/jobs/Failed%20seeds', { filter: { state: 'failed', name: 'campaign.seed' } });
    await ann('PUT', '/views/jobs/Big', { filter: { 'arg.campaignId': '7' } });
    await ben('PUT', '/views/jobs/Big', { filter: { tag: 'big' } });

    expect(namesOf(await ann('GET', '/views/jobs'))).toEqual(['Big', 'Failed seeds']);
    expect((await ben('GET', '/views/jobs')).body['items']).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}-/),
        name: 'Big',
        filter: { tag: 'big' },
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      },
    ]);
  });

  it('keeps the views of each list apart, and knows no other lists', async () => {
    const hal = await person('hal');

    await hal('PUT', '/views/meshes/Mine', { filter: { status: 'failed' } });
    await hal('PUT', '/views/deliveries/Mine', { filter: { state: 'bounced' } });

    expect(namesOf(await hal('GET', '/views/jobs'))).toEqual([]);
    expect((await hal('GET', '/views/meshes')).body['items']).toMatchObject([{ filter: { status: 'failed' } }]);
    expect((await hal('DELETE', '/views/deliveries/Mine')).status).toBe(204);
    expect(namesOf(await hal('GET', '/views/meshes'))).toEqual(['Mine']);
    expect(await hal('GET', '/views/albums')).toMatchObject({ status: 404 });
  });

  it('keeps one view of a name, however often and however much at once it is saved', async () => {
    const cleo = await person('cleo');
    const states = ['failed', 'completed', 'executing', 'snoozed'];

    const first = await cleo('PUT', '/views/jobs/Mine', { filter: { q: 'first' } });
    await Promise.all(states.map((state) => cleo('PUT', '/views/jobs/Mine', { filter: { state } })));
    const last = await cleo('PUT', '/views/jobs/Mine', { filter: { q: 'last' } });

    expect((await cleo('GET', '/views/jobs')).body['items']).toEqual([last.body]);
    expect(last.body).toMatchObject({
      id: first.body['id'],
      createdAt: first.body['createdAt'],
      filter: { q: 'last' },
    });
  });

  it('forgets a view of its owner, and none of somebody else', async () => {
    const [dora, eve] = [await person('dora'), await person('eve', 'admin')];
    await dora('PUT', '/views/jobs/Mine', { filter: {} });

    expect(await eve('DELETE', '/views/jobs/Mine')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect((await dora('DELETE', '/views/jobs/Mine')).status).toBe(204);
    expect(namesOf(await dora('GET', '/views/jobs'))).toEqual([]);
  });

  it('keeps fifty views of a person, and says so of one more', async () => {
    const fay = await person('fay');
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => fay('PUT', `/views/jobs/view-${index}`, { filter: { q: `${index}` } })),
    );

    expect(await fay('PUT', '/views/jobs/one-more', { filter: {} })).toMatchObject({
      status: 409,
      body: { detail: '50 views are kept already; delete one first' },
    });
    expect((await fay('PUT', '/views/jobs/view-7', { filter: { q: 'changed' } })).status).toBe(200);
  });

  it('takes no view without a name that can be read, with too many conditions, or of a member', async () => {
    const [gus, member] = [await person('gus'), await person('mia', 'member')];
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`arg.${index}`, 'x']));

    expect(await gus('PUT', `/views/jobs/${'a'.repeat(61)}`, { filter: {} })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'params.name', message: 'is longer than 60 characters' }] },
    });
    expect(await gus('PUT', '/views/jobs/many', { filter: many })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'body.filter', message: 'holds more than 20 conditions' }] },
    });
    expect(await gus('PUT', '/views/jobs/%20', { filter: {} })).toMatchObject({ status: 404 });
    expect(await member('GET', '/views/jobs')).toMatchObject({ status: 403 });
  });

  it.each(listNames)(
    'exports nothing of %s rather than a part while a service cannot be asked, and says which',
    async (list) => {
      const ann = await person('ann');

      expect(await ann('GET', `/everywhere/${list}/export?format=csv`)).toMatchObject({
        status: 502,
        body: { code: 'service-unavailable', detail: expect.stringMatching(/^the service [a-z-]+ cannot be reached/) },
      });
      expect(await ann('GET', `/everywhere/${list}/export?format=xml`)).toMatchObject({ status: 422 });
      expect(await ann('GET', `/everywhere/${list}/export?format=csv&limit=10001`)).toMatchObject({ status: 422 });
    },
  );
});
