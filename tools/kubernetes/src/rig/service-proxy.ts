import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * Stands where kube-proxy stands: one address for a Service, each connection to the next of its ready pods. A connection that is
 * open stays where it is, also when its pod is taken away. @param ports of the ready pods, asked at each connection; with none it is refused.
 */
export async function startServiceProxy(ports: () => readonly number[]): Promise<{ url: string; stop(): void }> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    const ready = ports();
    const port = ready[turn++ % ready.length];
    if (port === undefined) return void client.resetAndDestroy();
    join(client, connect(port, '127.0.0.1'), open);
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function join(client: Socket, pod: Socket, open: Set<Socket>): void {
  for (const [one, other] of [
    [client, pod],
    [pod, client],
  ] as const) {
    open.add(one);
    one.setNoDelay();
    one.pipe(other);
    one.on('error', () => other.destroy());
    one.on('close', () => {
      open.delete(one);
      other.destroySoon();
    });
  }
}
