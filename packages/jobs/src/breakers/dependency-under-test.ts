import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A dependency that answers or refuses by word, and remembers when it was asked. */
export async function dependency() {
  const asked: number[] = [];
  let isDown = false;
  const server = createServer((_request, response) => {
    asked.push(performance.now());
    response.writeHead(isDown ? 503 : 200).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    asked,
    turn: (way: 'up' | 'down') => {
      isDown = way === 'down';
    },
    /** @throws Error when it refuses. */
    ask: async () => {
      const { status } = await fetch(url);
      if (status !== 200) throw new Unavailable(`answered ${status}`);
    },
    end: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}
