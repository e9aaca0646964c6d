import { z } from 'zod';
import { startHello } from './hello-service.ts';
import { mintLocalToken } from './local-key.ts';
import { noContent, ok } from './reply.ts';
import { route } from './route.ts';

const things = new Map([['a', { name: 'a', revision: 1 }]]);

const show = route({
  method: 'get',
  path: '/things/:id',
  summary: 'Shows a thing.',
  role: 'any',
  params: z.object({ id: z.string() }),
  responses: { 200: z.unknown() },
  handle: async ({ params }) => ok(things.get(params.id), { revision: things.get(params.id)?.revision ?? 0 }),
});

const seen: (number | undefined)[] = [];

const remove = route({
  method: 'delete',
  path: '/things/:id',
  summary: 'Deletes a thing.',
  role: 'member',
  params: z.object({ id: z.string() }),
  responses: { 204: z.unknown() },
  problems: ['revision-mismatch'],
  async handle({ ifMatch }) {
    seen.push(ifMatch);
    return noContent();
  },
});

const as = async (sub: string) => ({ authorization: `Bearer ${await mintLocalToken({ role: 'member', sub })}` });

test('four hundred requests in flight of one person are all answered', async () => {
  const { url } = await startHello([show]);
  const headers = await as('ada');

  const statuses = await Promise.all(
    Array.from({ length: 400 }, async () => (await fetch(`${url}/things/a`, { headers })).status),
  );

  expect(new Set(statuses)).toEqual(new Set([200]));
});

test('who asks too often is told so, and nobody else is', async () => {
  const { url } = await startHello([show], { RATE_LIMIT_PER_MINUTE: '3' });
  const ask = async (sub: string) => fetch(`${url}/things/a`, { headers: await as(sub) });

  const ada = [await ask('ada'), await ask('ada'), await ask('ada'), await ask('ada')];
  const bob = await ask('bob');
  const refusal = (await ada[3]?.json()) as { code: string };

  expect(ada.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  expect([bob.status, refusal.code, ada[3]?.headers.get('retry-after')]).toEqual([200, 'rate-limited', '60']);
});

test('a revision travels as a weak ETag and comes back by If-Match', async () => {
  const { url } = await startHello([show, remove]);
  const headers = await as('ada');
  const shown = await fetch(`${url}/things/a`, { headers });
  const etag = shown.headers.get('etag') ?? '';
  const removeIf = async (match: string) =>
    (await fetch(`${url}/things/a`, { method: 'DELETE', headers: { ...headers, 'if-match': match } })).status;

  const statuses = [await removeIf(etag), await removeIf('"7"'), await removeIf('*'), await removeIf('"seven"')];

  expect(etag).toBe('W/"1"');
  expect(statuses).toEqual([204, 204, 204, 412]);
  expect(seen).toEqual([1, 7, undefined]);
});

test('a thing that is stated twice stops the start', async () => {
  await expect(startHello([show, show])).rejects.toThrow('route get /things/:id is stated twice');
});

test('a taken port is named with its remedy', async () => {
  const { url } = await startHello([show]);

  await expect(startHello([show], { PORT: new URL(url).port })).rejects.toThrow(
    `port ${new URL(url).port} is taken; set PORT to another`,
  );
});
