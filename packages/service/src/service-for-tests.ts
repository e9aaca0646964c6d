import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterFile, components, until } from '@millrace/testkit';
import mongoose from 'mongoose';
import type { BaseConfig } from './config.ts';
import type { App, Kit } from './kit.ts';
import { mintLocalToken } from './local-key.ts';
import type { Role } from './role.ts';
import { startService } from './start-service.ts';

export type Json = { readonly [key: string]: unknown };
export type Answer<Body = Json> = { readonly status: number; readonly headers: Headers; readonly body: Body };

/** What is sent: JSON or a form as `body`, or `bytes` of a `type`, by default a PNG. */
type Sending = {
  readonly body?: unknown;
  readonly bytes?: Buffer;
  readonly type?: string;
  readonly headers?: Record<string, string>;
};

/** Speaks to a service as one person; what is no JSON is told as text. */
export type Ask = <Body = Json>(method: string, path: string, sending?: Sending) => Promise<Answer<Body>>;

type Wish<Config extends BaseConfig> = {
  readonly name: string;
  readonly app: (kit: Kit<Config>) => App;
  readonly readConfig: (env: Readonly<Record<string, string>>) => Config;
  /** What the service needs beside the components and a free port. @param folder its own, deleted after the file. */
  readonly env: (folder: string) => Readonly<Record<string, string>>;
};

/** A whole service in this process, on real components, with a namespace of its own; it is ready, and stopped after the file. */
export async function serviceForTests<Config extends BaseConfig>({ name, app, readConfig, env }: Wish<Config>) {
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const namespace = `${name}-${randomUUID().slice(0, 8)}`;
  const folder = await mkdtemp(join(tmpdir(), `millrace-${name}-`));
  const variables = {
    ...{ PORT: '0', AMQP_URL: amqpUrl, NATS_URL: natsUrl, MONGODB_URI: mongodbUri, NAMESPACE: namespace },
    ...{ LOG_LEVEL: 'silent', AUTH_LOCAL_KEY_FILE: join(folder, 'key.json') },
    ...env(folder),
  };
  const { url, stop } = await startService({ name, config: readConfig(variables), app, handleSignals: false });
  const database = mongoose.createConnection(mongodbUri, { dbName: `${namespace}-${name}` });
  afterFile(async () => {
    await stop();
    await database.dropDatabase();
    await database.close();
    await rm(folder, { recursive: true });
  });
  const isReady = async () => (await fetch(`${url}/readyz`)).ok;
  await until(isReady, { withinMs: 30_000, message: `the service ${name} is ready` });
  const tokenOf = (sub: string, role: Role = 'member') =>
    mintLocalToken({ role, sub, keyFile: variables.AUTH_LOCAL_KEY_FILE });
  return {
    url,
    folder,
    /** The service's own database, for what it does not show. */
    database,
    tokenOf,
    async as(sub: string, role?: Role): Promise<Ask> {
      const token = await tokenOf(sub, role);
      return (method, path, sending) => call(`${url}${path}`, { method, token }, sending);
    },
  };
}

async function call<Body>(
  url: string,
  { method, token }: { readonly method: string; readonly token: string },
  { body, bytes, type, headers }: Sending = {},
): Promise<Answer<Body>> {
  const isForm = body instanceof FormData;
  const content = bytes ? new Uint8Array(bytes) : isForm || body === undefined ? body : JSON.stringify(body);
  const contentType = type ?? (bytes ? 'image/png' : 'application/json');
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(content !== undefined && !isForm && { 'content-type': contentType }),
      ...headers,
    },
    ...(content !== undefined && { body: content }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  const read: unknown = isJson ? JSON.parse(text) : text || {};
  return { status: response.status, headers: response.headers, body: read as Body };
}
