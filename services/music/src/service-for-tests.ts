import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mintLocalToken, type Role, startService } from '@millrace/service';
import { type MusicBrainz, startMusicBrainz } from '@millrace/simulators';
import { afterFile, components } from '@millrace/testkit';
import mongoose, { type Connection } from 'mongoose';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

export type Json = { readonly [key: string]: unknown };
type Answer<Body = Json> = { readonly status: number; readonly headers: Headers; readonly body: Body };
type Sending = {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
};

export type TestService = {
  readonly url: string;
  readonly provider: MusicBrainz;
  /** The service's own database, for what it does not show. */
  readonly database: Connection;
  /** Speaks to the service as one person. */
  as(
    sub: string,
    role?: Role,
  ): Promise<<Body = Json>(method: string, path: string, sending?: Sending) => Promise<Answer<Body>>>;
  tokenOf(sub: string, role?: Role): Promise<string>;
};

/** The whole service on real components, with an music provider that can be made to fail; stopped after the file. */
export async function serviceForTests(env: Record<string, string> = {}): Promise<TestService> {
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const provider = await startMusicBrainz({ plainAlbums: 50 });
  afterFile(() => provider.stop());
  const namespace = `music-${randomUUID().slice(0, 8)}`;
  const directory = await mkdtemp(join(tmpdir(), 'millrace-music-'));
  const keyFile = join(directory, 'key.json');
  const config = readConfig({
    PORT: '0',
    AMQP_URL: amqpUrl,
    NATS_URL: natsUrl,
    MONGODB_URI: mongodbUri,
    NAMESPACE: namespace,
    LOG_LEVEL: 'silent',
    AUTH_LOCAL_KEY_FILE: keyFile,
    MUSICBRAINZ_URL: `${provider.url}/ws/2`,
    MUSICBRAINZ_INTERVAL_MS: '5',
    ...env,
  });
  const service = await startService({ name: 'music', config, app: createApp, handleSignals: false });
  const database = mongoose.createConnection(mongodbUri, { dbName: `${namespace}-music` });
  afterFile(async () => {
    await service.stop();
    await database.dropDatabase();
    await database.close();
    await rm(directory, { recursive: true });
  });
  const tokenOf = (sub: string, role: Role = 'member') => mintLocalToken({ role, sub, keyFile });
  return {
    url: service.url,
    provider,
    database,
    tokenOf,
    async as(sub, role) {
      const token = await tokenOf(sub, role);
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
  const content = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(content && { 'Content-Type': 'application/json' }), ...headers },
    ...(content && { body: content }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : {}) as Body };
}
