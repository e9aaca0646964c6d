import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CallLog, type LoggedCall } from './call-log.ts';
import { type Fault, Faults, strike } from './faults.ts';

export type SimulatorAnswer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type SimulatorCall = {
  readonly operation: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly fault: Fault | undefined;
};

type ReceivedCall = Omit<SimulatorCall, 'headers' | 'fault'> & {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
};

export type ListenOptions = {
  /** Default: any free one. */
  readonly port?: number;
  /** Address to listen on. Default: 127.0.0.1. */
  readonly host?: string;
};

/** What every simulator of a read-only API offers to its tests. */
export type SimulatorServer = {
  readonly url: string;
  /** Every call in the order of arrival, struck ones included. */
  log(): readonly LoggedCall[];
  smallestGapMs(): number;
  calls(): Readonly<Record<string, number>>;
  fail(fault: Fault): void;
  heal(): void;
  stop(): Promise<void>;
};

type Api = {
  /** Undefined for what is no call of the API. */
  operationOf(path: string): string | undefined;
  answer(call: SimulatorCall): SimulatorAnswer;
  /** Further things to ask and do below `/__control/`. */
  control(method: string, name: string, body: () => Promise<unknown>): Promise<unknown>;
};

/**
 * Serves an API with faults on demand, and writes down when each call came.
 * Control by HTTP: `POST /__control/faults` with a {@link Fault}, `DELETE /__control/faults`, `GET /__control/{calls,log}`, and what the API adds.
 */
export async function serveApi(api: Api, { port = 0, host = '127.0.0.1' }: ListenOptions): Promise<SimulatorServer> {
  const faults = new Faults();
  const log = new CallLog();
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => send(response, { status: 500, body: { error: String(error) } }));
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://simulator');
    const path = pathname.replace(/^\/ws\/2(?=\/)/, '');
    const operation = api.operationOf(path);
    if (pathname.startsWith('/__control/')) send(response, await control(request, pathname.split('/')[2] ?? ''));
    else if (!operation) send(response, { status: 404, body: { error: 'Not Found' } });
    else await serveCall({ operation, path, query: searchParams, request, response });
  }

  async function serveCall({ request, response, ...call }: ReceivedCall): Promise<void> {
    const { url = '/', headers } = request;
    log.note(call.operation, url);
    const fault = faults.next(call.operation);
    if (!(await strike(fault, response))) return;
    const answer =
      fault?.kind === 'redirect'
        ? { status: 301, body: {}, headers: { Location: url } }
        : api.answer({ ...call, headers, fault });
    if (fault?.kind === 'reset-after') response.destroy();
    else send(response, answer);
  }

  async function control(request: IncomingMessage, name: string): Promise<SimulatorAnswer> {
    const { method = 'GET' } = request;
    if (name === 'calls') return { status: 200, body: log.counts() };
    if (name === 'log') return { status: 200, body: { calls: log.all(), smallestGapMs: log.smallestGapMs() } };
    const body = () => readJson(request);
    if (name !== 'faults') return { status: 200, body: (await api.control(method, name, body)) ?? {} };
    if (method === 'DELETE') faults.heal();
    else faults.arm((await body()) as Fault);
    return { status: 204, body: undefined };
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log: () => log.all(),
    smallestGapMs: () => log.smallestGapMs(),
    calls: () => log.counts(),
    fail: (fault) => faults.arm(fault),
    heal: () => faults.heal(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, { status, body, headers }: SimulatorAnswer): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString('utf8') || '{}');
}
