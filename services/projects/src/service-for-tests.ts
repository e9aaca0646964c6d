import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mintLocalToken, type Role, startService } from '@millrace/service';
import { afterFile, components, until } from '@millrace/testkit';
import mongoose from 'mongoose';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

type Json = Readonly<Record<string, unknown>>;
type Answer<Body> = { readonly status: number; readonly headers: Headers; readonly body: Body };
type Sending = { readonly body?: unknown; readonly headers?: Record<string, string> };

export type Call = <Body = Json>(method: string, path: string, sending?: Sending) => Promise<Answer<Body>>;

/** The whole service on real components and a folder of its own; stopped after the file. @param app in place of the service as it is. */
export async function serviceForTests(wish: Readonly<Record<string, string>> = {}, app = createApp) {
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const namespace = `projects-${randomUUID().slice(0, 8)}`;
  const folder = await mkdtemp(join(tmpdir(), 'millrace-projects-'));
  const keyFile = join(folder, 'key.json');
  const artifacts = join(folder, 'artifacts');
  const config = readConfig({
    PORT: '0',
    AMQP_URL: amqpUrl,
    NATS_URL: natsUrl,
    MONGODB_URI: mongodbUri,
    NAMESPACE: namespace,
    LOG_LEVEL: 'silent',
    AUTH_LOCAL_KEY_FILE: keyFile,
    ARTIFACTS_URL: pathToFileURL(artifacts).href,
    REPOSITORIES_URL: pathToFileURL(join(folder, 'repositories')).href,
    ...wish,
  });
  const service = await startService({ name: 'projects', config, app, handleSignals: false });
  const database = mongoose.createConnection(mongodbUri, { dbName: `${namespace}-projects` });
  afterFile(async () => {
    await service.stop();
    await database.dropDatabase();
    await database.close();
    await rm(folder, { recursive: true });
  });
  await until(async () => (await fetch(`${service.url}/readyz`)).ok, { withinMs: 30_000 });
  return {
    url: service.url,
    database,
    artifacts,
    repositories: join(folder, 'repositories'),
    /** The files in the store, below `projects/`. */
    async files(): Promise<string[]> {
      const found = await readdir(join(artifacts, 'projects'), { recursive: true, withFileTypes: true }).catch(
        () => [],
      );
      return found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    },
    token: (sub: string, role: Role = 'member') => mintLocalToken({ role, sub, keyFile }),
    /** Speaks to the service as one person. */
    async as(sub: string, role: Role = 'member'): Promise<Call> {
      const token = await mintLocalToken({ role, sub, keyFile });
      return (method, path, sending) => call(service.url, token, method, path, sending);
    },
  };
}

async function call<Body>(
  url: string,
  token: string,
  method: string,
  path: string,
  { body, headers }: Sending = {},
): Promise<Answer<Body>> {
  const isForm = body instanceof FormData;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : {}) as Body };
}
