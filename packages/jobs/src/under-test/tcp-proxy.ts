import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type TcpProxy = {
  /** The target's URL with the address of the proxy in it. */
  readonly url: string;
  /** Breaks every connection and takes no new one, until {@link restore}. */
  cut(): void;
  /** Keeps the connections and lets no byte through in either direction, until {@link restore}. */
  stall(): void;
  restore(): void;
  end(): Promise<void>;
};

/** A wire to a server that can be cut and clamped. */
export async function tcpProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: 'open' | 'cut' | 'stalled' = 'open';
  const server = createServer({ noDelay: true }, (near) => {
    if (state === 'cut') return void near.destroy();
    const far = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.once('close', () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
    if (state === 'stalled') clamp(pair);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(targetUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  const breakAll = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  return {
    url: url.href,
    cut() {
      state = 'cut';
      breakAll();
    },
    stall() {
      state = 'stalled';
      for (const pair of pairs) clamp(pair);
    },
    restore() {
      state = 'open';
      for (const [near, far] of pairs) {
        near.pipe(far);
        far.pipe(near);
      }
    },
    async end() {
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };
}

function clamp([near, far]: readonly [Socket, Socket]): void {
  near.unpipe(far).pause();
  far.unpipe(near).pause();
}
