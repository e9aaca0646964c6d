import type { Scene } from '@millrace/jobs/testing/crash-points';
import type { Connection } from 'mongoose';
import { createMeshStore } from '../store/mesh-store.ts';
import { finishMeshJob } from './finish-mesh.ts';
import { progressMeshJob } from './progress-mesh.ts';

export const meshId = '01990000-0000-7000-8000-000000000007';

/** What the engine calls to say at the end. */
export const lastReport = {
  fence: 1,
  seq: 9,
  state: 'completed',
  progress: 100,
  stage: 'stored',
  mode: 'relief',
  reason: '',
  warnings: [],
  engineVersion: 'test-1',
  imageSha256: 'ab12',
  failure: null,
  result: {
    ...{ vertexCount: 8, triangleCount: 12, achievedError: 0.01, watertight: true, volumeMm3: 1, bboxMm: [] },
    ...{ artifacts: [], timings: [] },
  },
} as const;

const stores = new WeakMap<Connection, ReturnType<typeof createMeshStore>>();

function storeIn(database: Connection) {
  const store = stores.get(database) ?? createMeshStore(database);
  stores.set(database, store);
  return store;
}

const nobody = async () => undefined;

export const definitions: Scene['definitions'] = ({ database }) => {
  const { meshes, runs } = storeIn(database);
  const engine = { cancel: nobody };
  return [
    progressMeshJob({ meshes, runs, engine, wake: nobody }),
    finishMeshJob({
      meshes,
      runs,
      engine,
      wake: nobody,
      artifacts: { stat: nobody },
      isUnfinished: async () => false,
      observe() {},
    }),
  ] as Awaited<ReturnType<Scene['definitions']>>;
};

/** A mesh that the engine is at work on. */
export const arrange: Scene['arrange'] = async (_jobs, { database }) => {
  const { meshes, runs } = storeIn(database);
  const mesh = await meshes.create(
    {
      _id: meshId,
      ownerId: 'ann',
      batchId: null,
      source: { kind: 'url', imageUrl: 'https://pictures.example/duck.png' },
      picture: 'duck.png',
      requestedMode: 'relief',
      preset: null,
      parameters: {},
      warnings: [],
      metadata: {},
      mayReuse: false,
      traceId: null,
    },
    nobody,
  );
  await runs.submitting(mesh, { imageUrl: 'https://pictures.example/duck.png', attempt: 1, at: new Date() });
};
