import type { Outbox } from '@millrace/events';
import { isEnded, type Mesh } from '../domain/mesh.ts';
import type { MeshRuns } from './mesh-runs.ts';
import type { Meshes, StoredMesh } from './meshes.ts';

type Deps = {
  readonly engine: {
    cancel(mesh: Mesh, signal: AbortSignal): Promise<unknown>;
  };
  readonly meshes: Pick<Meshes, 'find'>;
  readonly runs: Pick<MeshRuns, 'cancel'>;
  readonly outbox: Pick<Outbox, 'tell'>;
  /** Has a mesh's `mesh.generate` end as cancelled, wherever it is. */
  cancelJob(jobId: string): Promise<void>;
};

/** Cancels a mesh unless it has ended. @returns the mesh as it is then: `cancelled`, or what it had ended as; null when there is none. */
export type CancelMesh = (meshId: string) => Promise<Mesh | null>;

const patienceMs = 5_000;

/** The mesh decides: an end that was written before holds. One that is cancelled already has engine and job told once more, for whoever died before that. */
export const meshCanceller =
  (deps: Deps): CancelMesh =>
  async (meshId) => {
    const { engine, cancelJob } = deps;
    const mesh = await ended(deps, meshId);
    if (mesh?.status !== 'cancelled') return mesh;
    // Before its job ends and makes room for another: or the engine would have one more for a moment. One that does not hear is told again by the job's end.
    if (mesh.engine.fence > 0) await engine.cancel(mesh, AbortSignal.timeout(patienceMs)).catch(() => undefined);
    await cancelJob(mesh.jobId);
    return mesh;
  };

/** Whoever changes it meanwhile, it is looked at again. What is to be told of it is stored with it. */
async function ended({ meshes, runs, outbox }: Deps, meshId: string): Promise<StoredMesh | null> {
  for (;;) {
    const mesh = await meshes.find(meshId);
    if (!mesh || isEnded(mesh)) return mesh;
    const cancelled = await runs.cancel(mesh, null, new Date());
    if (!cancelled) continue;
    await outbox.tell([cancelled]);
    return cancelled;
  }
}
