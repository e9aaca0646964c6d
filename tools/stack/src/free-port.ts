import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which systems take ports for outgoing connections: such a port could otherwise be lost while its owner restarts.
const lowestPort = 10_000;
const highestPort = 32_000;
const attempts = 200;

const handedOut = new Set<number>();

/** A loopback port on which nobody listens; never the same one twice in a process. @throws when 200 tries found none. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = randomInt(lowestPort, highestPort);
    if (handedOut.has(port) || !(await isPortFree(port))) continue;

    handedOut.add(port);
    return port;
  }
  throw new Error(
    `no free port on 127.0.0.1 between ${lowestPort} and ${highestPort} after ${attempts} tries; stop what listens there`,
  );
}

/** True when a server could listen on this loopback port now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}
