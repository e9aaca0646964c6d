import { meshOrchestrator } from '@millrace/contracts';
import type { Contract } from '@millrace/jobs';
import { goldenPayloads } from '@millrace/jobs/testing';

const id = '0197c0de-0000-7000-8000-000000000001';

const report = {
  fence: 1,
  seq: 7,
  state: 'completed',
  progress: 100,
  stage: 'stored',
  mode: 'relief',
  reason: 'it looks like a photo',
  warnings: [],
  engineVersion: '0.1.0',
  imageSha256: 'ab12',
  failure: null,
  result: {
    vertexCount: 8,
    triangleCount: 12,
    achievedError: 0.01,
    watertight: true,
    volumeMm3: 1,
    bboxMm: [0, 0, 0, 1, 1, 1],
    timings: [{ stage: 'fetch', milliseconds: 3 }],
    artifacts: [
      {
        name: 'mesh.glb',
        format: 'glb',
        mediaType: 'model/gltf-binary',
        bytes: 4,
        sha256: 'cd34',
        key: `meshes/${id}.1/f00d/mesh.glb`,
      },
    ],
  },
};

/** A payload of every version that was ever commanded; those of former versions stay as they are. */
const golden: Readonly<Record<string, Readonly<Record<number, unknown>>>> = {
  'mesh.generate': { 1: { meshId: id } },
  'mesh.progress': { 1: { meshId: id, run: 1, report } },
  'mesh.finish': { 1: { meshId: id, jobId: id, end: { state: 'failed', error: { code: 'INVALID', message: 'no' } } } },
  'mesh.retry': { 1: { meshId: id } },
  'mesh.thumbnail': { 1: { meshId: id, widthPx: 512 } },
  'batch.generate': { 1: { batchId: id } },
  'batch.abandon': { 1: { batchId: id, jobId: id, end: { state: 'failed', error: { code: 'BAD', message: 'no' } } } },
  'storage.clean': { 1: { graceSeconds: 86_400 } },
  'usage.report': { 1: { month: '2026-11' } },
  'webhook.deliver': { 1: { deliveryId: id } },
  'mesh.clean': { 1: { olderThanSeconds: 604_800 } },
};

const contracts = Object.values(meshOrchestrator).filter(
  (one) => typeof one === 'object' && 'queue' in one,
) as unknown as Contract[];

test.each(contracts.filter(({ name }) => name in golden).map((contract) => [contract.name, contract] as const))(
  'every version of %s is read and brought up to the newest',
  (name, contract) => {
    expect(() => goldenPayloads(contract, golden[name] ?? {})).not.toThrow();
  },
);
