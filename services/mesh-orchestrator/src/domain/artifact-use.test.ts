import { isInUse, meshIdOf } from './artifact-use.ts';
import type { Mesh } from './mesh.ts';

const meshId = '0197c0de-0000-7000-8000-000000000001';
const folder = `meshes/${meshId}.2/f00d`;
const result = { artifacts: [{ key: `${folder}/mesh.glb` }] } as Mesh['result'];
const used = (key: string, mesh: Partial<Mesh>) =>
  isInUse(key, { status: 'queued', result: null, cleanedUpAt: null, ...mesh });

test.each([
  [`${folder}/mesh.glb`, meshId],
  [`${folder}/mesh.glb.1.part`, meshId],
  ['meshes/health', undefined],
  ['meshes/../x/mesh.glb', undefined],
  ['projects/a/images/b.png', undefined],
])('%s belongs to %s', (key, expected) => {
  expect(meshIdOf(key)).toBe(expected);
});

test.each([
  ['of a mesh that is being made', `${folder}/mesh.glb`, { status: 'processing' }, true],
  ['that a completed mesh shows', `${folder}/mesh.glb`, { status: 'completed', result }, true],
  ['beside one that it shows', `${folder}/result.json`, { status: 'completed', result }, true],
  ['of a run before', `meshes/${meshId}.1/f00d/mesh.glb`, { status: 'completed', result }, false],
  ['of a failure that is looked into', `${folder}/mesh.glb`, { status: 'failed' }, true],
  ['that a clean-up has left', `${folder}/mesh.glb`, { status: 'failed', cleanedUpAt: new Date() }, false],
  ['of a cancelled mesh', `${folder}/mesh.glb`, { status: 'cancelled' }, false],
] as const)('a file %s is judged by its mesh', (_what, key, mesh, expected) => {
  expect(used(key, mesh)).toBe(expected);
});

test('a file without a mesh is needed by nobody', () => {
  expect(isInUse(`${folder}/mesh.glb`, undefined)).toBe(false);
});
