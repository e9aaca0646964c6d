import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mintLocalToken, type Role, startService } from '@millrace/service';
import { afterFile, components, until } from '@millrace/testkit';
import mongoose, { type Connection } from 'mongoose';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { startEngineForTests } from './engine-for-tests.ts';
import type { MeshResource } from './http/mesh-resource.ts';

type Json = { readonly [key: string]: unknown };
export type Answer<Body = Json> = { readonly status: number; readonly headers: Headers; readonly body: Body };
type Sending = { readonly body?: unknown; readonly headers?: Record<string, string> };
export type Ask = <Body = Json>(method: string, path: string, sending?: Sending) => Promise<Answer<Body>>;

export type World = Awaited<ReturnType<typeof worldForTests>>;

const secret = 'a-secret-of-these-tests';

/** The whole service on real components, beside an engine that can be made to fail; stopped after the file. */
export async function worldForTests(env: Record<string, string> = {}) {
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const directory = await mkdtemp(join(tmpdir(), 'millrace-mesh-'));
  const artifacts = join(directory, 'artifacts');
  const engine = await startEngineForTests({ directory: artifacts, secret });
  const namespace = `mesh-${randomUUID().slice(0, 8)}`;
  const keyFile = env['AUTH_LOCAL_KEY_FILE'] ?? join(directory, 'key.json');
  const config = readConfig({
    PORT: `${await freePort()}`,
    AMQP_URL: amqpUrl,
    NATS_URL: natsUrl,
    MONGODB_URI: mongodbUri,
    NAMESPACE: namespace,
    LOG_LEVEL: 'silent',
    AUTH_LOCAL_KEY_FILE: keyFile,
    MESH_ENGINE_ADDRESS: engine.address,
    CALLBACK_SECRET: secret,
    ARTIFACTS_URL: pathToFileURL(artifacts).href,
    MESH_WATCH_MS: '300',
    MESH_SILENCE_MS: '600',
    ...env,
  });
  const service = await startService({ name: 'mesh-orchestrator', config, app: createApp, handleSignals: false });
  const database = mongoose.createConnection(mongodbUri, { dbName: `${namespace}-mesh-orchestrator` });
  afterFile(async () => {
    await service.stop();
    engine.stop();
    await database.dropDatabase();
    await database.close();
    await rm(directory, { recursive: true });
  });
  const as = async (sub: string, role: Role = 'member'): Promise<Ask> => {
    const token = await mintLocalToken({ role, sub, keyFile });
    return (method, path, sending) => call(service.url, token, method, path, sending);
  };
  await until(async () => (await fetch(`${service.url}/readyz`)).ok, {
    withinMs: 30_000,
    message: 'the service is ready',
  });
  const text = async (sub: string, path: string): Promise<string> => {
    const authorization = `Bearer ${await mintLocalToken({ role: 'member', sub, keyFile })}`;
    return (await fetch(`${service.url}${path}`, { headers: { authorization } })).text();
  };
  return { url: service.url, text, engine, database, artifacts, as, ...watching(database) };
}

/** A picture that nobody fetches: the engine of these tests looks at its name alone. */
export const pictureAt = (name: string): { imageUrl: string } => ({ imageUrl: `https://pictures.example/${name}.png` });

function watching(database: Connection) {
  return {
    /** The mesh, as soon as it is in one of these states. */
    async ended(
      ask: Ask,
      id: unknown,
      statuses: readonly string[] = ['completed', 'failed', 'cancelled'],
      withinMs = 20_000,
    ) {
      let mesh: MeshResource | undefined;
      await until(
        async () => {
          mesh = (await ask<MeshResource>('GET', `/meshes/${String(id)}`)).body;
          return statuses.includes(mesh.status);
        },
        { withinMs, message: `mesh ${String(id)} is ${statuses.join(' or ')}` },
      );
      return mesh as MeshResource;
    },

    /** The events that jobs of this mesh and the mesh itself have told, by type, once none of them has anything left to do. */
    async told(meshId: unknown): Promise<string[]> {
      const jobs = await atRest(database, meshId);
      const mesh = await database.collection('meshes').findOne({ _id: meshId } as never);
      const events = [...jobs, mesh].flatMap((row) => (row?.['events'] ?? row?.['outbox'] ?? []) as { type: string }[]);
      return events.map(({ type }) => type).filter((type) => type !== 'mesh.progressed');
    },
  };
}

async function atRest(database: Connection, meshId: unknown) {
  const ofMesh = { 'payload.meshId': meshId, name: { $ne: 'mesh.clean' } };
  let jobs: Record<string, unknown>[] = [];
  await until(
    async () => {
      jobs = await database.collection('jobs').find(ofMesh).sort({ endedAt: 1 }).toArray();
      return jobs.every(
        ({ endedAt, announce }) => endedAt && !(announce as { pending?: boolean } | undefined)?.pending,
      );
    },
    { withinMs: 15_000, message: `the jobs of mesh ${String(meshId)} are at rest` },
  );
  return jobs;
}

async function call<Body>(
  url: string,
  token: string,
  method: string,
  path: string,
  { body, headers }: Sending = {},
): Promise<Answer<Body>> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  const read: unknown = isJson ? JSON.parse(text) : text || {};
  return { status: response.status, headers: response.headers, body: read as Body };
}

/** The engine calls back: it has to know the port before the service is there. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
