import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { startHello } from './hello-service.ts';
import { mintLocalToken } from './local-key.ts';
import { pageQuery, paging } from './paging.ts';
import { noContent } from './reply.ts';
import { type Route, route } from './route.ts';

const list = paging('things', [['_id', 1]]);

const routes: Route[] = [
  route({
    method: 'post',
    path: '/things',
    summary: 'Makes a thing.',
    role: 'member',
    body: z.object({
      name: z.string().min(1).max(20),
      size: z.int().optional(),
      tags: z.record(z.string(), z.string()).optional(),
    }),
    responses: { 200: z.unknown() },
    handle: async ({ body }) => body,
  }),
  route({
    method: 'get',
    path: '/things',
    summary: 'Lists things.',
    role: 'any',
    query: z.object({ ...pageQuery, state: z.enum(['on', 'off']).optional() }),
    responses: { 200: z.unknown() },
    handle: async ({ query }) => ({ after: list.after(query.cursor), limit: query.limit }),
  }),
  route({
    method: 'get',
    path: '/things/:id',
    summary: 'Shows a thing.',
    role: 'any',
    params: z.object({ id: z.uuid() }),
    responses: { 200: z.unknown() },
    handle: async ({ params }) => params,
  }),
  route({
    method: 'delete',
    path: '/things/:id',
    summary: 'Deletes a thing.',
    role: 'admin',
    params: z.object({ id: z.uuid() }),
    responses: { 204: z.unknown() },
    handle: async () => noContent(),
  }),
  route({
    method: 'post',
    path: '/things/:thing',
    summary: 'Uses a thing.',
    role: 'member',
    params: z.object({ thing: z.string() }),
    responses: { 204: z.unknown() },
    handle: async () => noContent(),
  }),
  route({
    method: 'put',
    path: '/things/:id/image',
    summary: 'Takes bytes.',
    role: 'member',
    rawBody: { types: ['image/png'], limitBytes: 1_000 },
    responses: { 200: z.unknown() },
    handle: async ({ body }) => ({ bytes: body.length }),
  }),
];

const id = '019a0000-0000-7000-8000-000000000000';
let url: string;
let authorization: string;

beforeAll(async () => {
  ({ url } = await startHello(routes));
  authorization = `Bearer ${await mintLocalToken({ role: 'member', sub: 'ada' })}`;
});

async function ask(
  method: string,
  path: string,
  { headers, body }: { headers?: Record<string, string>; body?: string | Buffer } = {},
) {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization, ...headers },
    ...(body !== undefined && { body }),
  });
  const content = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: content ? (JSON.parse(content) as Record<string, unknown>) : undefined,
  };
}

const post = (body: string | Buffer, type = 'application/json') =>
  ask('POST', '/things', { body, headers: { 'content-type': type } });

test.each<[string, () => ReturnType<typeof ask>, number, string]>([
  ['an unknown path', () => ask('GET', '/nothing'), 404, 'not-found'],
  ['a malformed id', () => ask('GET', '/things/42'), 404, 'not-found'],
  ['a NUL in a path', () => ask('GET', '/things/%00'), 404, 'not-found'],
  ['a broken escape in a path', () => ask('GET', '/things/%zz'), 404, 'not-found'],
  ['a long path', () => ask('GET', `/things/${'a'.repeat(8_000)}`), 404, 'not-found'],
  ['another method', () => ask('PATCH', '/things'), 405, 'method-not-allowed'],
  ['malformed JSON', () => post('{"name":'), 400, 'malformed-json'],
  ['invalid UTF-8', () => post(Buffer.from([0x22, 0xff, 0xfe, 0x22])), 400, 'malformed-json'],
  ['another media type', () => post('name=x', 'application/x-www-form-urlencoded'), 415, 'unsupported-media-type'],
  ['no media type', () => post(Buffer.from('{}'), ''), 415, 'unsupported-media-type'],
  ['an unknown charset', () => post('{}', 'application/json; charset=ebcdic'), 415, 'unsupported-media-type'],
  ['a body over 1 MiB', () => post(JSON.stringify({ name: 'x'.repeat(1_048_577) })), 413, 'body-too-large'],
  [
    'raw bytes over their limit',
    () => ask('PUT', `/things/${id}/image`, { body: Buffer.alloc(1_001), headers: { 'content-type': 'image/png' } }),
    413,
    'body-too-large',
  ],
  [
    'other bytes than asked for',
    () => ask('PUT', `/things/${id}/image`, { body: '{}', headers: { 'content-type': 'application/json' } }),
    415,
    'unsupported-media-type',
  ],
  ['no body', () => ask('POST', '/things'), 422, 'validation-failed'],
  ['a bare value', () => post('null'), 422, 'validation-failed'],
  ['wrong types', () => post('{"name":7}'), 422, 'validation-failed'],
  ['a NUL in text', () => post('{"name":"a\\u0000b"}'), 422, 'validation-failed'],
  ['half a character', () => post('{"name":"\\ud800"}'), 422, 'validation-failed'],
  ['a name that reaches a prototype', () => post('{"name":"x","__proto__":{"admin":true}}'), 422, 'validation-failed'],
  [
    'a deep name that reaches a prototype',
    () => post('{"name":"x","tags":{"constructor":"y"}}'),
    422,
    'validation-failed',
  ],
  ['a database operator', () => post('{"name":{"$ne":""}}'), 422, 'validation-failed'],
  ['nesting without end', () => post('['.repeat(100_000) + ']'.repeat(100_000)), 422, 'validation-failed'],
  ['an operator in the query', () => ask('GET', '/things?state[$ne]=x'), 422, 'validation-failed'],
  ['an unknown parameter', () => ask('GET', '/things?stat=on'), 422, 'validation-failed'],
  ['a prototype in the query', () => ask('GET', '/things?__proto__=x'), 422, 'validation-failed'],
  ['a NUL in the query', () => ask('GET', '/things?state=%00'), 422, 'validation-failed'],
  ['a repeated parameter', () => ask('GET', '/things?limit=1&limit=2'), 422, 'validation-failed'],
  ['a negative limit', () => ask('GET', '/things?limit=-1'), 422, 'validation-failed'],
  ['a limit that is no number', () => ask('GET', '/things?limit=1e3'), 422, 'validation-failed'],
  ['a broken cursor', () => ask('GET', '/things?cursor=abc'), 422, 'validation-failed'],
  [
    'an empty Idempotency-Key',
    () =>
      ask('POST', '/things', {
        body: '{"name":"x"}',
        headers: { 'content-type': 'application/json', 'idempotency-key': '' },
      }),
    422,
    'validation-failed',
  ],
  ['no token', () => ask('GET', '/things', { headers: { authorization: '' } }), 401, 'unauthenticated'],
  [
    'a garbled token',
    () => ask('GET', '/things', { headers: { authorization: 'Bearer a.b.c' } }),
    401,
    'unauthenticated',
  ],
  ['another scheme', () => ask('GET', '/things', { headers: { authorization: 'Basic YTpi' } }), 401, 'unauthenticated'],
  ['a role that may not', () => ask('DELETE', `/things/${id}`), 403, 'forbidden'],
])('%s is answered by a problem', async (_what, request, status, code) => {
  const answer = await request();

  expect([answer.status, answer.body?.['code']]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.body).toMatchObject({
    type: `urn:millrace:problem:${code}`,
    status,
    title: expect.any(String),
    detail: expect.any(String),
  });
  expect(JSON.stringify(answer.body)).not.toMatch(/\{\w+\}|zod|invalid_type|\\n +at |node_modules/i);
});

test('a 405 names what is allowed, and OPTIONS does too', async () => {
  const refused = await ask('DELETE', '/things');
  const asked = await ask('OPTIONS', '/things');

  expect(new Set(refused.headers.get('allow')?.split(', '))).toEqual(new Set(['GET', 'HEAD', 'POST', 'OPTIONS']));
  expect([asked.status, asked.headers.get('allow')]).toEqual([204, refused.headers.get('allow')]);
});

test('paths that differ in the name of their parameter only are one place', async () => {
  const used = await ask('POST', `/things/${id}`);
  const refused = await ask('PATCH', `/things/${id}`);

  expect(used.status).toBe(204);
  expect(refused.status).toBe(405);
  expect(refused.headers.get('allow')?.split(', ').toSorted()).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST']);
});

test('a revision is not looked at where there is none', async () => {
  const answer = await ask('GET', `/things/${id}`, { headers: { 'if-match': 'nonsense' } });

  expect(answer.status).toBe(200);
});

test('a 422 lists every wrong place in words', async () => {
  const { body } = await post('{"size":1.5,"tags":{"a":1}}');

  expect(body?.['errors']).toEqual([
    { path: 'body.name', message: 'is missing' },
    { path: 'body.size', message: 'must be a whole number, got a number' },
    { path: 'body.tags.a', message: 'must be a string, got a number' },
  ]);
});

test('a token of another issuer, audience, key or time is refused', async () => {
  const strangers = await Promise.all([
    mintLocalToken({ role: 'admin', issuer: 'elsewhere' }),
    mintLocalToken({ role: 'admin', audience: 'others' }),
    mintLocalToken({ role: 'admin', expiresIn: '-1h' }),
    mintLocalToken({ role: 'root' as 'admin' }),
    mintLocalToken({ role: 'admin', keyFile: `${process.env['MILLRACE_TEST_DIRECTORY']}/strange-key.json` }),
  ]);
  const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"x","role":"admin"}')}.`.replaceAll('=', '');

  const statuses = await Promise.all(
    [...strangers, unsigned].map(
      async (token) => (await ask('GET', '/things', { headers: { authorization: `Bearer ${token}` } })).status,
    ),
  );

  expect(statuses).toEqual([401, 401, 401, 401, 401, 401]);
});

/** Sends bytes as they are, and reads all that comes back. */
async function raw(bytes: string): Promise<string> {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

test.each([
  [
    'a Content-Length beyond all bounds',
    'POST /things HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: TOKEN\r\nContent-Type: application/json\r\nContent-Length: 999999999999\r\n\r\n',
    413,
  ],
  ['a Content-Length that is no number', 'POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n', 400],
  ['something that is not HTTP', 'hello\r\n\r\n', 400],
  ['headers without end', `GET /things HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
])('%s is answered by a problem on the wire', async (_what, bytes, status) => {
  const answer = await raw(bytes.replace('TOKEN', authorization));

  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).toMatch(/application\/problem\+json/);
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')).replace(/^[^{]*/, ''))).toMatchObject({ status });
});
