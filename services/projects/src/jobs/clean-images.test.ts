import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { png } from '../pictures-for-tests.ts';
import { serviceForTests } from '../service-for-tests.ts';

const longAgo = new Date(Date.now() - 90_000);

test('a clean-up takes old files without an image, and leaves those in use and those that are being written', async () => {
  const service = await serviceForTests();
  const [ann, operator] = [await service.as('ann'), await service.as('oli', 'operator')];
  const { id } = (await ann<{ id: string }>('POST', '/projects', { body: { name: 'Lantern' } })).body;
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(png(4, 4))]), 'a.png');
  const image = (await ann<{ id: string; url: string }>('POST', `/projects/${id}/images`, { body: form })).body;
  const folder = join(service.artifacts, 'projects', id, 'images');
  const [used = ''] = await readdir(folder);
  const strangers = join(service.artifacts, 'meshes');
  await mkdir(strangers);
  const files = ['orphan.png', 'orphan.png.0.part', 'fresh.png', 'fresh.png.0.part'].map((name) => join(folder, name));
  for (const path of [...files, join(strangers, 'mesh.glb')]) await writeFile(path, 'bytes');
  for (const path of [join(folder, used), join(strangers, 'mesh.glb'), ...files.slice(0, 2)])
    await utimes(path, longAgo, longAgo);

  const command = { name: 'image.clean', payload: { graceSeconds: 60 } };
  const { job } = (await operator<{ job: { id: string } }>('POST', '/jobs', { body: command })).body;
  const ended = await operator('GET', `/jobs/${job.id}?wait=20`);

  expect(ended.body).toMatchObject({ state: 'completed', result: { seen: 5, removed: 2, removedBytes: 10 } });
  expect((await readdir(folder)).sort()).toEqual([used, 'fresh.png', 'fresh.png.0.part'].sort());
  expect(await readdir(strangers)).toEqual(['mesh.glb']);
  expect((await fetch(service.url + image.url)).status).toBe(200);
});
