import { isEnded, type Mesh } from '../domain/mesh.ts';
import type { MeshRuns } from './mesh-runs.ts';
import type { Meshes } from './meshes.ts';

type Deps = {
  readonly engine: {
    cancel(mesh: Mesh, signal: AbortSignal): Promise<unknown>;
  };
  readonly meshes: Pick<Meshes, 'find'>;
  readonly runs: Pick<MeshRuns, 'cancel'>;
  /** Has a mesh's `mesh.generate` end as cancelled, wherever it is. */
  cancelJob(jobId: string): Promise<void>;
};

const patienceMs = 5_000;

/** Cancels a mesh unless it has ended; whoever changes it meanwhile, it is looked at again. What is to be told of it is stored with it. */
export const meshCanceller =
  ({ meshes, runs, engine, cancelJob }: Deps) =>
  async (meshId: string): Promise<void> => {
    for (;;) {
      const mesh = await meshes.find(meshId);
      if (!mesh || isEnded(mesh)) return;
      if (!(await runs.cancel(mesh, null, new Date()))) continue;
      // Before its job ends and makes room for another: or the engine would have one more for a moment.
      if (mesh.engine.fence > 0) await engine.cancel(mesh, AbortSignal.timeout(patienceMs)).catch(() => undefined);
      return cancelJob(mesh.jobId);
    }
  };
