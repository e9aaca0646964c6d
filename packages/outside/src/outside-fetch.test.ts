import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterFile } from '@millrace/testkit';
import { outsideFetch } from './outside-fetch.ts';

const signal = AbortSignal.timeout(30_000);
let port: number;
let asked = 0;

beforeAll(async () => {
  const server: Server = createServer((request, response) => {
    asked += 1;
    const hops = /^\/hop\/(\d)$/.exec(request.url ?? '')?.[1];
    if (hops === undefined) response.end('a picture');
    else response.writeHead(302, { location: hops === '0' ? '/picture' : `/hop/${Number(hops) - 1}` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  port = (server.address() as AddressInfo).port;
  afterFile(() => new Promise<void>((resolve) => server.close(() => resolve())));
});

test.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '2130706433', '0x7f.1', '127.1'])(
  'nothing is fetched from %s',
  async (host) => {
    const before = asked;

    await expect(outsideFetch([])(`http://${host}:${port}/picture`, { signal })).rejects.toThrow();

    expect(asked).toBe(before);
  },
);

test('what is neither http nor https is not fetched', async () => {
  await expect(outsideFetch([])('file:///etc/hosts', { signal })).rejects.toThrow('file: is not fetched');
});

test('a range that is allowed is fetched from, through three redirects and not through four', async () => {
  const get = outsideFetch(['127.0.0.0/8']);

  expect(await (await get(`http://127.0.0.1:${port}/hop/2`, { signal })).text()).toBe('a picture');
  await expect(get(`http://127.0.0.1:${port}/hop/3`, { signal })).rejects.toThrow('redirects more than 3 times');
});

test('a redirect out of what is allowed is not followed', async () => {
  const get = outsideFetch(['127.0.0.1/32']);
  const server = createServer((_request, response) => {
    response.writeHead(302, { location: `http://127.0.0.2:${port}/picture` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(() => new Promise<void>((resolve) => server.close(() => resolve())));

  const { port: other } = server.address() as AddressInfo;

  await expect(get(`http://127.0.0.1:${other}/`, { signal })).rejects.toThrow('127.0.0.2 is not of the open internet');
});
