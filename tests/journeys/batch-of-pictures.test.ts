import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { realPictures } from '@millrace/demo/real-pictures';
import { afterFile, components, startService, until } from '@millrace/testkit';
import { MongoClient } from 'mongodb';
import { startMeshes } from '../meshes.ts';

type Batch = {
  id: string;
  status: string;
  total: number;
  completed: number;
  failed: number;
  finishedAt: string | null;
  archiveUrl: string;
  items: { picture: string; meshId: string; state: string; error: { code: string } | null }[];
};

/** A PNG of one pixel. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

test('a batch of real photos, and one picture too small, is partial: closed meshes in one archive, one reason', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-batch-'));
  const NAMESPACE = `batch-${process.pid}`;
  const client = new MongoClient(components().mongodbUri);
  afterFile(async () => {
    await client.db(`${NAMESPACE}-projects`).dropDatabase();
    await client.close();
    await rm(folder, { recursive: true });
  });
  const projects = await startService('projects', { NAMESPACE, ARTIFACTS_URL: pathToFileURL(folder).href });
  const meshes = await startMeshes({ PROJECTS_URL: projects.url });
  const authorization = `Bearer ${await projects.token('member', 'ann')}`;
  const call = (url: string, body?: object | FormData) => {
    const isForm = body instanceof FormData;
    const headers = { authorization, ...(body && !isForm && { 'content-type': 'application/json' }) };
    const sent = isForm ? body : JSON.stringify(body);
    return fetch(url, { headers, ...(body && { method: 'POST', body: sent }) });
  };
  const ask = async <Body>(url: string, body?: object | FormData) => (await (await call(url, body)).json()) as Body;
  const project = await ask<{ id: string }>(`${projects.url}/projects`, { name: 'Lantern of pictures' });
  const form = new FormData();
  const pictures = [...(await realPictures()).slice(0, 3), { name: 'dot.png', bytes: dot }];
  for (const { name, bytes } of pictures) form.append('file', new Blob([new Uint8Array(bytes)]), name);
  const { items } = await ask<{ items: { id: string }[] }>(`${projects.url}/projects/${project.id}/images`, form);

  const wish = { projectId: project.id, imageIds: items.map(({ id }) => id), mode: 'relief', preset: 'mobile' };
  const { id } = await ask<Batch>(`${meshes.url}/batches`, wish);
  const batch = await until(
    async () => {
      const present = await ask<Batch>(`${meshes.url}/batches/${id}`);
      return present.finishedAt !== null && present;
    },
    { withinMs: 120_000, message: 'the batch has ended' },
  );
  const made = await Promise.all(
    batch.items
      .slice(0, 3)
      .map((item) => ask<{ watertight: boolean; triangleCount: number }>(`${meshes.url}/meshes/${item.meshId}`)),
  );
  const archive = Buffer.from(await (await call(new URL(batch.archiveUrl, meshes.url).href)).arrayBuffer());

  expect(batch).toMatchObject({ status: 'partial', total: 4, completed: 3, failed: 1 });
  expect(batch.items.map(({ picture, error }) => [picture, error?.code ?? null])).toEqual(
    pictures.map(({ name }) => [name, name === 'dot.png' ? 'IMAGE_TOO_SMALL' : null]),
  );
  expect(made.map(({ watertight }) => watertight)).toEqual([true, true, true]);
  expect(made.every(({ triangleCount }) => triangleCount > 0 && triangleCount <= 5_000)).toBe(true);
  for (const { name } of pictures)
    expect(archive.includes(`${name.replace('.png', '')}/mesh.glb`)).toBe(name !== 'dot.png');
}, 240_000);
