import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { realPictures } from '@millrace/demo/real-pictures';
import { afterFile, components, meshEngine, startService, until } from '@millrace/testkit';
import { MongoClient } from 'mongodb';

export type Mesh = {
  id: string;
  status: string;
  progress: number;
  attempt: number;
  traceId: string;
  error: { code: string } | null;
  triangleCount: number;
  watertight: boolean | null;
  artifacts: { name: string; url: string; bytes: number; sha256: string }[];
};

/** The orchestrator and notifications as processes, a real engine, and a picture to make meshes of. */
export async function startMeshes(env: Readonly<Record<string, string>> = {}) {
  const namespace = `meshes-${randomUUID().slice(0, 8)}`;
  const secret = randomUUID();
  const engine = await meshEngine({ CALLBACK_SECRET: secret, WORKERS: '1' });
  const shared = {
    NAMESPACE: namespace,
    MESH_ENGINE_ADDRESS: engine.address,
    CALLBACK_SECRET: secret,
    ARTIFACTS_URL: engine.artifactsUrl,
    IMAGE_FETCH_ALLOW: '127.0.0.0/8',
    ...env,
  };
  const client = new MongoClient(components().mongodbUri);
  afterFile(async () => {
    for (const name of ['mesh-orchestrator', 'notifications']) await client.db(`${namespace}-${name}`).dropDatabase();
    await client.close();
  });
  const [orchestrator, notifications] = await Promise.all([
    startService('mesh-orchestrator', shared),
    startService('notifications', shared),
  ]);
  const sub = `member-${randomUUID()}`;
  const authorization = `Bearer ${await orchestrator.token('member', sub)}`;

  async function ask<Body>(url: string, method = 'GET', body?: unknown): Promise<Body> {
    const answer = await fetch(url, {
      method,
      headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Body;
  }

  return {
    engine,
    url: orchestrator.url,
    post: (wish: object) => ask<Mesh>(`${orchestrator.url}/meshes`, 'POST', wish),
    show: (id: string) => ask<Mesh>(`${orchestrator.url}/meshes/${id}`),
    told: async () => (await ask<{ items: { title: string }[] }>(`${notifications.url}/notifications?state=all`)).items,
    async ended(id: string): Promise<Mesh> {
      const look = async () => {
        const mesh = await ask<Mesh>(`${orchestrator.url}/meshes/${id}`);
        return ['completed', 'failed', 'cancelled'].includes(mesh.status) && mesh;
      };
      return until(look, { withinMs: 60_000, message: `mesh ${id} has ended` });
    },
  };
}

/** The address on this machine of a photo that comes with the engine's tests. @param name such as `astronaut.png`. */
export async function servePicture(name: string): Promise<string> {
  const picture = (await realPictures()).find((each) => each.name === name);
  if (!picture) throw new Error(`there is no picture ${name}`);
  const server = createServer((_request, response) => response.end(picture.bytes));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
}
