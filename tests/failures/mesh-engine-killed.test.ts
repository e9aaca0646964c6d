import { createHash } from 'node:crypto';
import { until } from '@millrace/testkit';
import { servePicture, startMeshes } from '../meshes.ts';

test('meshes go on when the engine is killed in their midst and comes back: closed, whole, each told of once', async () => {
  const meshes = await startMeshes({ MESH_SILENCE_MS: '1500', MESH_WATCH_MS: '500' });
  const imageUrl = await servePicture('astronaut.png');
  const asked = await Promise.all(
    ['relief', 'lithophane', 'relief'].map((mode, index) =>
      meshes.post({ imageUrl, mode, parameters: { detailFactor: 0.01 + index / 1_000 } }),
    ),
  );
  await until(async () => (await meshes.show(asked[0]?.id ?? '')).progress >= 5, {
    withinMs: 30_000,
    message: 'the first mesh is being made',
  });

  await meshes.engine.kill();
  await meshes.engine.start();

  const made = await Promise.all(asked.map(({ id }) => meshes.ended(id)));
  expect(made.map(({ status, error }) => [status, error])).toEqual(made.map(() => ['completed', null]));
  expect(made.map(({ watertight }) => watertight)).toEqual([true, true, true]);
  for (const { artifacts } of made) {
    for (const { url, sha256 } of artifacts) {
      const bytes = Buffer.from(await (await fetch(new URL(url, meshes.url))).arrayBuffer());
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    }
  }
  await until(async () => (await meshes.told()).length >= made.length, {
    withinMs: 20_000,
    message: 'all are told of',
  });
  expect(await meshes.told()).toHaveLength(made.length);
}, 180_000);
