import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterFile, until } from '@millrace/testkit';
import express from 'express';
import { z } from 'zod';
import { startHello } from './hello-service.ts';
import { mintLocalToken } from './local-key.ts';
import { filesReader } from './receive-files.ts';
import { route } from './route.ts';

const limitBytes = 100_000;
const received: Buffer[] = [];

const send = route({
  method: 'post',
  path: '/things',
  summary: 'Takes files.',
  role: 'member',
  files: { limitBytes, atMost: 3 },
  responses: { 200: z.unknown() },
  async handle({ files }) {
    for (const file of files) received.push(await buffer(file.open()));
    return {
      files,
      heads: await Promise.all(files.map(async (file) => (await file.head(4)).toString())),
      isKept: (await folders()).length > 0,
    };
  },
});

let url: string;
let authorization: string;
beforeAll(async () => {
  ({ url } = await startHello([send]));
  authorization = `Bearer ${await mintLocalToken({ role: 'member', sub: 'ann' })}`;
});

const post = (body: string | FormData | URLSearchParams, headers: Record<string, string> = {}) =>
  fetch(`${url}/things`, { method: 'POST', body, headers: { authorization, ...headers } });

const formOf = (...files: readonly (readonly [field: string, content: string, name: string])[]) => {
  const form = new FormData();
  for (const [field, content, name] of files) form.append(field, new Blob([content]), name);
  return form;
};

const folders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('millrace-received-'));

const refusal = async (answer: Response) => ({
  status: answer.status,
  ...((await answer.json()) as { code: string; errors?: unknown }),
});

test('several files arrive whole, with their names, sizes and hashes, and are gone after the answer', async () => {
  const large = 'x'.repeat(limitBytes);

  const answer = await post(formOf(['a', 'one', 'one.png'], ['b', large, 'two.png']));
  const body = (await answer.json()) as { files: unknown; heads: string[]; isKept: boolean };

  expect(body.files).toEqual([
    {
      field: 'a',
      name: 'one.png',
      bytes: 3,
      sha256: '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed',
    },
    { field: 'b', name: 'two.png', bytes: limitBytes, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
  expect([body.heads, body.isKept]).toEqual([['one', 'xxxx'], true]);
  expect(received.map(String)).toEqual(['one', large]);
  await until(async () => (await folders()).length === 0);
});

test.each([
  ['a file above the limit', formOf(['a', 'x'.repeat(limitBytes + 1), 'a.png']), 413, 'body-too-large'],
  [
    'too many files',
    formOf(...['a', 'b', 'c', 'd'].map((name) => [name, name, name] as const)),
    422,
    'validation-failed',
  ],
  ['no file', new FormData(), 422, 'validation-failed'],
  ['a field that is no file', new URLSearchParams(), 415, 'unsupported-media-type'],
  ['an endless name', formOf(['a', 'a', 'n'.repeat(300)]), 422, 'validation-failed'],
  ['a dangerous name', formOf(['a\0b', 'a', 'a.png']), 422, 'validation-failed'],
])('%s is refused by its code', async (_what, body, status, code) => {
  expect(await refusal(await post(body))).toMatchObject({ status, code });
});

test('a value beside the files is refused by its name', async () => {
  const form = formOf(['a', 'a', 'a.png']);
  form.append('title', 'A title');

  expect(await refusal(await post(form))).toMatchObject({ status: 422, errors: [{ path: 'body.title' }] });
});

test.each([
  ['no boundary', 'multipart/form-data', '--x\r\n'],
  [
    'half a form',
    'multipart/form-data; boundary=x',
    '--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nab',
  ],
])('%s is a malformed request', async (_what, type, body) => {
  expect(await refusal(await post(body, { 'content-type': type }))).toMatchObject({
    status: 400,
    code: 'malformed-request',
  });
});

test('a file far above the limit is answered before it has all come', async () => {
  const answer = await post(formOf(['a', 'x'.repeat(limitBytes * 300), 'a.png']));

  expect([answer.status, answer.headers.get('connection')]).toEqual([413, 'close']);
});

test('a sender who is gone before anything was kept leaves nothing behind', async () => {
  const { promise: read, resolve } = Promise.withResolvers<unknown>();
  const under = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  afterFile(() => rm(under, { recursive: true }));
  const receive = filesReader({ limitBytes, atMost: 1 }, under);
  const server = express()
    .use((request, response) => response.once('close', () => resolve(receive(request, response, () => undefined))))
    .listen(0, '127.0.0.1');
  afterFile(async () => void server.close());
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(
    'POST / HTTP/1.1\r\nHost: here\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 9\r\n\r\n',
  );
  await once(server, 'request');

  socket.destroy();

  await read;
  expect(await readdir(under)).toEqual([]);
});

test('a sender who goes away in the middle leaves nothing behind', async () => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = [`POST /things HTTP/1.1`, `Host: ${hostname}`, `Authorization: ${authorization}`];
  const type = 'Content-Type: multipart/form-data; boundary=x';
  const part = '--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nabc';
  socket.write([...head, type, 'Content-Length: 5000', '', part].join('\r\n'));
  await until(async () => (await folders()).length > 0);

  socket.destroy();

  await until(async () => (await folders()).length === 0);
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
});

test('the same files under the same Idempotency-Key are answered as before, others are refused', async () => {
  const headers = { 'idempotency-key': 'files-1' };

  const first = await post(formOf(['a', 'same', 'a.png']), headers);
  const again = await post(formOf(['a', 'same', 'a.png']), headers);
  const other = await post(formOf(['a', 'other', 'a.png']), headers);

  expect([first.status, again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 200, 'true']);
  expect(await refusal(other)).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
});
