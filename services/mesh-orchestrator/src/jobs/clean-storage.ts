import { cleanStorage } from '@millrace/contracts/mesh';
import { defineJob, done } from '@millrace/jobs';
import { type ArtifactStore, sweepArtifacts } from '@millrace/service';
import { isInUse, meshIdOf } from '../domain/artifact-use.ts';
import type { Meshes } from '../store/meshes.ts';

type Deps = { readonly meshes: Pick<Meshes, 'findAll'>; readonly artifacts: ArtifactStore };

/** All that this service and the engine keep in the store lies below it; what others keep there is none of its business. */
const prefix = 'meshes';

/** Removes files that no mesh needs: of engine jobs that nobody waited for, half-written ones, and what a clean-up has left. */
export const cleanStorageJob = ({ meshes, artifacts }: Deps) =>
  defineJob(cleanStorage, {
    unique: { key: () => 'all' },
    async run({ payload: { graceSeconds }, signal }) {
      const untouchedSince = new Date(Date.now() - graceSeconds * 1_000);
      return done({
        result: await sweepArtifacts({
          artifacts,
          prefix,
          untouchedSince,
          keysInUse: (keys) => inUse(keys, meshes),
          signal,
        }),
      });
    },
  });

async function inUse(keys: readonly string[], meshes: Deps['meshes']): Promise<ReadonlySet<string>> {
  const ids = new Set(keys.flatMap((key) => meshIdOf(key) ?? []));
  const byId = new Map((await meshes.findAll([...ids])).map((mesh) => [mesh._id, mesh]));
  return new Set(keys.filter((key) => isInUse(key, byId.get(meshIdOf(key) ?? ''))));
}
