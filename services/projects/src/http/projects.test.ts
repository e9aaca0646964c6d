import { randomUUID } from 'node:crypto';
import { type Call, serviceForTests } from '../service-for-tests.ts';

type Project = { id: string; status: string };

let ann: Call;
let bob: Call;
let viewer: Call;
beforeAll(async () => {
  const service = await serviceForTests();
  [ann, bob, viewer] = [await service.as('ann'), await service.as('bob'), await service.as('vic', 'viewer')];
});

describe('creating a project', () => {
  test('answers 201 with the project', async () => {
    const { status, headers, body } = await ann<Project>('POST', '/projects', {
      body: { name: ' Lantern ', template: 'game' },
    });

    expect([status, headers.get('location')]).toEqual([201, `/projects/${body.id}`]);
    expect(body).toEqual({
      id: body.id,
      name: 'Lantern',
      template: 'game',
      status: 'created',
      ownerId: 'ann',
      slug: null,
      members: [{ sub: 'ann', role: 'admin' }],
      settings: null,
      approvedBy: null,
      archivedAt: null,
      revision: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect((await ann('GET', `/projects/${body.id}`)).body).toEqual(body);
  });

  test('twice with the same Idempotency-Key makes one', async () => {
    const sending = { body: { name: 'Twice' }, headers: { 'Idempotency-Key': randomUUID() } };

    const first = await ann<Project>('POST', '/projects', sending);
    const second = await ann<Project>('POST', '/projects', sending);

    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });

  test.each([{}, { name: ' ' }, { name: 7 }, { name: 'x'.repeat(201) }, { name: 'a', template: 'castle' }, []])(
    'from %j is refused with 422',
    async (body) => {
      const answer = await ann('POST', '/projects', { body });

      expect([answer.status, answer.body['code']]).toEqual([422, 'validation-failed']);
    },
  );

  test('is not open to viewers', async () => {
    expect((await viewer('POST', '/projects', { body: { name: 'No' } })).status).toBe(403);
  });
});

describe('projects of others', () => {
  test('are not there for members, and are there for viewers', async () => {
    const { id } = (await ann<Project>('POST', '/projects', { body: { name: 'Hers' } })).body;

    const theirs = await bob('GET', `/projects/${id}`);

    expect([theirs.status, theirs.body['code']]).toEqual([404, 'project-not-found']);
    expect((await bob('GET', `/projects/${id}/images`)).status).toBe(404);
    expect((await viewer('GET', `/projects/${id}`)).status).toBe(200);
  });

  test('are not listed, and one’s own are listed in pages, newest first', async () => {
    const ids: string[] = [];
    for (const name of ['one', 'two', 'three'])
      ids.unshift((await bob<Project>('POST', '/projects', { body: { name } })).body.id);

    const first = await bob<{ items: Project[]; nextCursor: string }>('GET', '/projects?limit=2');
    const rest = await bob<{ items: Project[]; nextCursor: null }>(
      'GET',
      `/projects?limit=2&cursor=${first.body.nextCursor}`,
    );

    expect([...first.body.items, ...rest.body.items].map(({ id }) => id)).toEqual(ids);
    expect(rest.body.nextCursor).toBeNull();
  });
});

test.each(['/projects/nonsense', `/projects/${randomUUID()}`, `/projects/${randomUUID()}/images`])(
  '%s is 404',
  async (path) => {
    expect((await ann('GET', path)).status).toBe(404);
  },
);
