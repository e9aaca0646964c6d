import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Ask, serviceForTests } from '@millrace/service/testing';
import { afterFile, until } from '@millrace/testkit';
import type { Connection } from 'mongoose';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { startEngineForTests } from './engine-for-tests.ts';
import type { MeshResource } from './http/mesh-resource.ts';

export type { Ask };
export type World = Awaited<ReturnType<typeof worldForTests>>;

const secret = 'a-secret-of-these-tests';

/** The whole service on real components, beside an engine that can be made to fail; stopped after the file. */
export async function worldForTests(env: Record<string, string> = {}) {
  const artifacts = await mkdtemp(join(tmpdir(), 'millrace-artifacts-'));
  const engine = await startEngineForTests({ directory: artifacts, secret });
  afterFile(async () => {
    engine.stop();
    await rm(artifacts, { recursive: true, force: true });
  });
  const port = await freePort();
  const service = await serviceForTests({
    name: 'mesh-orchestrator',
    app: createApp,
    readConfig,
    env: () => ({
      PORT: `${port}`,
      MESH_ENGINE_ADDRESS: engine.address,
      CALLBACK_SECRET: secret,
      ARTIFACTS_URL: pathToFileURL(artifacts).href,
      MESH_WATCH_MS: '300',
      MESH_SILENCE_MS: '600',
      ...env,
    }),
  });
  /** All that is answered. @param onBegun called when the answer has begun. */
  const text = async (sub: string, path: string, onBegun?: () => unknown): Promise<string> => {
    const authorization = `Bearer ${await service.tokenOf(sub)}`;
    const answer = await fetch(`${service.url}${path}`, { headers: { authorization } });
    await onBegun?.();
    return answer.text();
  };
  return { ...service, text, engine, artifacts, ...watching(service.database) };
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

/** The engine calls back: it has to know the port before the service is there. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
