import { cleanMeshes } from '@millrace/contracts/mesh';
import { defineJob, discard, done, type Outcome } from '@millrace/jobs';
import type { ArtifactStore } from '@millrace/service';
import { engineJobOf } from '../domain/ids.ts';
import type { Mesh } from '../domain/mesh.ts';
import type { MeshRuns } from '../store/mesh-runs.ts';
import type { Meshes } from '../store/meshes.ts';

export type CleanDeps = {
  readonly meshes: Pick<Meshes, 'find' | 'uncleaned'>;
  readonly runs: Pick<MeshRuns, 'cleaned'>;
  readonly artifacts: Pick<ArtifactStore, 'list' | 'remove'>;
};

const PAGE = 200;

/** Removes what failed meshes have left in the store. One that is made again, or has come out well, is left alone. */
export const cleanMeshesJob = (deps: CleanDeps) =>
  defineJob(cleanMeshes, {
    async run({ payload, signal }) {
      if ('meshId' in payload) return cleanOne(deps, payload);
      return cleanOld(deps, payload.olderThanSeconds, signal);
    },
  });

async function cleanOne(deps: CleanDeps, { meshId, jobId }: { meshId: string; jobId: string }): Promise<Outcome> {
  const mesh = await deps.meshes.find(meshId);
  if (mesh?.status !== 'failed' || mesh.jobId !== jobId)
    return discard(`mesh ${meshId} is not the failed one any more`);
  return done({ result: { removed: await clean(deps, mesh) } });
}

/** Oldest first, page by page; what a run leaves, because it was stopped, the next one finds. */
async function cleanOld(deps: CleanDeps, olderThanSeconds: number, signal: AbortSignal): Promise<Outcome> {
  const before = new Date(Date.now() - olderThanSeconds * 1_000);
  let cleaned = 0;
  for (;;) {
    const old = await deps.meshes.uncleaned(before, PAGE);
    for (const mesh of old) {
      signal.throwIfAborted();
      await clean(deps, mesh);
    }
    cleaned += old.length;
    if (old.length < PAGE) return done({ result: { cleaned } });
  }
}

/** Each of its jobs at the engine may have left something. @returns how many files went. */
async function clean({ artifacts, runs }: CleanDeps, mesh: Mesh): Promise<number> {
  let removed = 0;
  for (let run = 1; run <= mesh.run; run++) {
    for await (const { key } of artifacts.list(`meshes/${engineJobOf({ meshId: mesh._id, run })}`)) {
      await artifacts.remove(key);
      removed++;
    }
  }
  await runs.cleaned(mesh, new Date());
  return removed;
}
