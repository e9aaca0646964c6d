import { thumbnailMesh } from '@millrace/contracts/mesh';
import { defineJob, done, exponential, fail, type Outcome, on, type Run, snooze } from '@millrace/jobs';
import { EngineBusy, EngineFault, EngineRefused, EngineTimeout } from '../clients/engine-errors.ts';
import type { MeshEngine } from '../clients/mesh-engine.ts';
import { engineJobOfKey } from '../domain/artifact-key.ts';
import type { Mesh } from '../domain/mesh.ts';
import type { MeshRuns } from '../store/mesh-runs.ts';
import type { Meshes } from '../store/meshes.ts';
import { engineBreaker } from './engine-breaker.ts';

export type ThumbnailDeps = {
  readonly meshes: Pick<Meshes, 'find'>;
  readonly runs: Pick<MeshRuns, 'illustrate'>;
  readonly engine: Pick<MeshEngine, 'drawThumbnail'>;
};

type Tools = Pick<Run<unknown>, 'signal' | 'through'>;

/**
 * Draws a completed mesh anew, of its files alone: also of one whose picture is gone, or that was made without a thumbnail. It lies under
 * a name of its width, so drawing it once more is drawing it once.
 */
export const thumbnailMeshJob = ({ meshes, runs, engine }: ThumbnailDeps) =>
  defineJob(thumbnailMesh, {
    unique: { key: ({ meshId, widthPx }) => `${meshId}:${widthPx}` },
    retry: [on(EngineFault, exponential({ baseMs: 2_000 })), on(EngineTimeout, exponential({ baseMs: 10_000 }))],

    async run({ payload: { meshId, widthPx }, ...tools }) {
      const mesh = await meshes.find(meshId);
      if (!mesh) return fail({ code: 'mesh-missing', message: `mesh ${meshId} does not exist` });
      if (mesh.status !== 'completed')
        return fail({
          code: 'mesh-not-completed',
          message: `mesh ${meshId} is ${mesh.status}, so there is nothing to draw`,
        });
      return draw({ runs, engine }, mesh, widthPx, tools);
    },
  });

async function draw(
  { runs, engine }: Pick<ThumbnailDeps, 'runs' | 'engine'>,
  mesh: Mesh,
  widthPx: number,
  { through, signal }: Tools,
): Promise<Outcome> {
  try {
    const drawn = await through(engineBreaker, () => engine.drawThumbnail(makerOf(mesh), widthPx, signal));
    return (await runs.illustrate(mesh, drawn))
      ? done({ result: { name: drawn.name, bytes: drawn.bytes } })
      : snooze(0);
  } catch (error) {
    if (error instanceof EngineBusy) return snooze(error.retryAfterMs);
    if (error instanceof EngineRefused) return fail({ code: error.code, message: error.message });
    throw error;
  }
}

/** The job at the engine that has made its files: another mesh's, when that stands for it. */
function makerOf({ _id, run, result }: Mesh): { _id: string; run: number } {
  const maker = engineJobOfKey(result?.artifacts[0]?.key ?? '');
  return maker ? { _id: maker.meshId, run: maker.run } : { _id, run };
}
