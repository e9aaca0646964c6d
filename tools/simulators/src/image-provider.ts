import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fault, Faults, strike } from './faults.ts';
import { type Operation, operationOf, perform } from './image-provider-api.ts';
import { placeholder } from './placeholder.ts';
import { type StoredFile, StoredFiles } from './stored-files.ts';

export type ProviderOptions = {
  /** Default: any free one. */
  readonly port?: number;
  /** Address to listen on. Default: 127.0.0.1. */
  readonly host?: string;
  /** Where others reach it; begins the files' URLs. Default: 127.0.0.1 and the port. */
  readonly publicUrl?: string;
  /** Calls with another key are refused with 403. Default: any key will do. */
  readonly privateKey?: string;
  /** How long a purge is `Pending`. Default 100 ms. */
  readonly purgeMs?: number;
};

export type ImageProvider = {
  readonly url: string;
  /** How often each operation was called, struck calls included. */
  calls(): Readonly<Record<string, number>>;
  files(): readonly StoredFile[];
  fail(fault: Fault): void;
  heal(): void;
  stop(): Promise<void>;
};

/**
 * Speaks ImageKit's side: upload, details, delete, bulk delete, purge and its status, and serves the files as the CDN would.
 * Control by HTTP: `POST /__control/faults` with a {@link Fault}, `DELETE /__control/faults`, `GET /__control/calls`, `GET /__control/files`.
 */
export async function startImageProvider({
  port = 0,
  host = '127.0.0.1',
  publicUrl,
  privateKey,
  purgeMs = 100,
}: ProviderOptions = {}): Promise<ImageProvider> {
  const faults = new Faults();
  const files = new StoredFiles({ purgeMs });
  const calls: Record<string, number> = {};
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!response.headersSent) send(response, { status: 500, body: { message: String(error) } });
      else response.destroy();
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', url);
    const operation = operationOf(request.method ?? '', pathname);
    if (operation) await serveCall(operation, pathname, request, response);
    else if (pathname.startsWith('/__control/')) send(response, await control(pathname, request));
    else serveFile(response, files.serve(pathname), pathname);
  }

  async function serveCall(operation: Operation, pathname: string, request: IncomingMessage, response: ServerResponse) {
    calls[operation] = (calls[operation] ?? 0) + 1;
    const body = await readBody(request);
    if (!isAllowed(request, privateKey)) {
      send(response, { status: 403, body: { message: 'Your account cannot be authenticated.' } });
      return;
    }
    const fault = faults.next(operation);
    if (!(await strike(fault, response))) return;
    const answer = await perform(files, {
      operation,
      pathname,
      body,
      contentType: request.headers['content-type'] ?? '',
      url,
    });
    if (fault?.kind === 'reset-after') response.destroy();
    else send(response, answer);
  }

  async function control(pathname: string, request: IncomingMessage): Promise<Answer> {
    if (pathname === '/__control/calls') return { status: 200, body: calls };
    if (pathname === '/__control/files')
      return { status: 200, body: files.all().map(({ bytes, ...file }) => ({ ...file, size: bytes.length })) };
    if (request.method === 'DELETE') faults.heal();
    else faults.arm(JSON.parse((await readBody(request)).toString('utf8')) as Fault);
    return { status: 204, body: undefined };
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const url = publicUrl ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    calls: () => ({ ...calls }),
    files: () => files.all(),
    fail: (fault) => faults.arm(fault),
    heal: () => faults.heal(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Answer = { readonly status: number; readonly body: unknown };

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, body === undefined ? {} : { 'Content-Type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** Basic authentication with the private key as user and no password. */
function isAllowed({ headers }: IncomingMessage, privateKey: string | undefined): boolean {
  if (!headers.authorization?.startsWith('Basic ')) return false;
  return !privateKey || headers.authorization === `Basic ${Buffer.from(`${privateKey}:`).toString('base64')}`;
}

/** Files of templates were never uploaded here; a picture drawn from their path stands for them. */
function serveFile(response: ServerResponse, file: StoredFile | undefined, pathname: string): void {
  const drawn = !file && pathname.startsWith('/templates/') ? placeholder(pathname) : undefined;
  if (!file && !drawn) {
    send(response, { status: 404, body: { message: 'File not found' } });
    return;
  }
  response.writeHead(200, {
    'Content-Type': file?.mediaType ?? 'image/svg+xml',
    'Cache-Control': 'public, max-age=31536000',
  });
  response.end(file?.bytes ?? drawn);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
