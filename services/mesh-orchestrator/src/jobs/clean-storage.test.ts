import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hangs } from '../batch-world-for-tests.ts';
import { pictureAt, worldForTests } from '../service-for-tests.ts';

const longAgo = new Date(Date.now() - 90_000);
const stranger = '0197c0de-0000-7000-8000-000000000009';

test('a clean-up takes old files that no mesh needs, and none that is shown, being made, fresh or somebody else’s', async () => {
  const world = await worldForTests();
  const [ann, oli] = [await world.as('ann'), await world.as('oli', 'operator')];
  const wish = async () =>
    (await ann<{ id: string }>('POST', '/meshes', { body: { ...pictureAt('duck'), reuse: false } })).body.id;
  const made = await wish();
  await world.ended(ann, made);
  world.engine.behaviour.courseOf = () => hangs;
  const making = await wish();
  const dropped = await wish();
  await ann('POST', `/meshes/${dropped}/cancel`);
  const at = (path: string) => join(world.artifacts, path);
  const plant = async (path: string, time?: Date) => {
    await mkdir(dirname(at(path)), { recursive: true });
    await writeFile(at(path), 'bytes');
    if (time) await utimes(at(path), time, time);
  };
  const kept = [
    `meshes/${made}.1/f00d/result.json`,
    `meshes/${making}.1/f00d/mesh.glb.part`,
    'projects/a/images/b.png',
  ];
  const orphans = [
    `meshes/${stranger}.1/f00d/mesh.glb`,
    `meshes/${made}.1/beef/mesh.glb`,
    `meshes/${dropped}.1/f00d/mesh.glb`,
  ];
  const fresh = `meshes/${stranger}.1/f00d/mesh.stl.part`;
  for (const path of [...kept, ...orphans]) await plant(path, longAgo);
  await plant(fresh);
  await utimes(at(`meshes/${made}.1/f00d/mesh.glb`), longAgo, longAgo);

  const command = { name: 'storage.clean', payload: { graceSeconds: 60 } };
  const { job } = (await oli<{ job: { id: string } }>('POST', '/jobs', { body: command })).body;
  const ended = await oli('GET', `/jobs/${job.id}?wait=20`);

  expect(ended.body).toMatchObject({ state: 'completed', result: { removed: 3, removedBytes: 15 } });
  const left = (await readdir(world.artifacts, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  expect(left.sort()).toEqual([...kept, fresh, `meshes/${made}.1/f00d/mesh.glb`].map(at).sort());
});
