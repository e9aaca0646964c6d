import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { startServiceProxy } from './service-proxy.ts';

/** Says its name to whoever connects, and then gives back what it hears. */
async function podNamed(name: string): Promise<Server & { port: number }> {
  const server = createServer((socket) => {
    socket.write(name);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

async function connectTo(url: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const [name] = await once(socket, 'data');
  return { socket, name: String(name) };
}

test('connections go to the ready pods in turn, stay where they are, and are refused when none is ready', async () => {
  const [one, other] = [await podNamed('one'), await podNamed('other')];
  let ready = [one.port, other.port];
  const proxy = await startServiceProxy(() => ready);

  const first = await connectTo(proxy.url);
  const second = await connectTo(proxy.url);
  ready = [other.port];
  const third = await connectTo(proxy.url);
  first.socket.write('still here');
  const [echo] = await once(first.socket, 'data');
  ready = [];
  const refused = connectTo(proxy.url);

  expect([first, second, third].map(({ name }) => name)).toEqual(['one', 'other', 'other']);
  expect(String(echo)).toBe('still here');
  await expect(refused).rejects.toMatchObject({ code: 'ECONNRESET' });

  const closed = [first, second, third].map(({ socket }) => once(socket, 'close'));
  proxy.stop();
  await Promise.all(closed);
  one.close();
  other.close();
});
