import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Problem, problem } from './problem.ts';

export type HttpServer = {
  /** Resolves with the port. @throws Error that names the port and the remedy when it is taken. */
  start(): Promise<number>;
  /** Takes no new connections and resolves when those at work have ended. */
  stop(): Promise<void>;
};

/** A request has 30 s to arrive; what node itself refuses is told as a problem too. */
export function createHttpServer(listener: RequestListener, port: number): HttpServer {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 15_000, keepAliveTimeout: 65_000 }, listener);
  server.on('clientError', refuse);
  const unused = trackUnused(server);
  return {
    start: () => listen(server, port),
    stop: () => stopServer(server, unused),
  };
}

/** Requests at work get this long to end. */
const graceMs = 5_000;

/** A connection is let go when its answer has ended, not when its keep-alive has, and at once when nothing was ever asked on it. */
async function stopServer(server: Server, unused: ReadonlySet<Socket>): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of unused) socket.destroy();
  const sweep = setInterval(() => server.closeIdleConnections(), 25);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}

/** Connections on which no request has come yet: the server does not count them as idle. */
function trackUnused(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return unused;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' ? new Error(`port ${port} is taken; set PORT to another`, { cause: error }) : error,
      ),
    );
    server.listen(port, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Node calls this for what it cannot read as HTTP; no request object exists then. */
function refuse(error: Error & { code?: string }, socket: Duplex): void {
  if (!(socket as Socket).writable || error.code === 'ECONNRESET') return void socket.destroy();
  const told = toProblem(error);
  const body = JSON.stringify(told.toBody({ instance: '/' }));
  socket.end(
    `HTTP/1.1 ${told.status} ${told.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function toProblem({ code }: { code?: string }): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return problem('headers-too-large', {});
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return problem('request-timeout', {});
  return problem('malformed-request', { reason: code ?? 'it is not HTTP' });
}
