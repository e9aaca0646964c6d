import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { outsidePost } from '@millrace/outside';
import { afterFile } from '@millrace/testkit';
import { webhookSender } from './webhook-sender.ts';

let heard = 0;
const server = createServer((_request, response) => {
  heard += 1;
  response.end();
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterFile(async () => void server.close());

const signal = new AbortController().signal;

test.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '2130706433', '0x7f.1'])(
  'nothing is sent to the inner address %s',
  async (host) => {
    const before = heard;
    const send = webhookSender(outsidePost([]), 2_000);

    const { status, error } = await send(`http://${host}:${port}/hook`, {}, '{}', signal);

    expect([status, heard]).toEqual([null, before]);
    expect(error).toContain('open internet');
  },
);

test('an inner address that is allowed gets it', async () => {
  const send = webhookSender(outsidePost(['127.0.0.0/8']), 2_000);

  expect(await send(`http://127.0.0.1:${port}/hook`, {}, '{}', signal)).toEqual({ status: 200, error: null });
});
