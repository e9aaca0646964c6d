import { retryMesh } from '@millrace/contracts/mesh';
import { defineJob, done, fail } from '@millrace/jobs';
import { isEnded } from '../domain/mesh.ts';
import type { MeshRuns } from '../store/mesh-runs.ts';
import type { CommandWith, Meshes } from '../store/meshes.ts';

export type RetryDeps = {
  readonly meshes: Pick<Meshes, 'find'>;
  readonly runs: Pick<MeshRuns, 'reopen'>;
  readonly command: CommandWith;
};

/** For whoever retries without being asked by the owner: operators, batches. One that is being made already is left to that. */
export const retryMeshJob = ({ meshes, runs, command }: RetryDeps) =>
  defineJob(retryMesh, {
    unique: { key: ({ meshId }) => meshId },
    async run({ payload: { meshId } }) {
      const reopened = await runs.reopen(meshId, command);
      const mesh = reopened ?? (await meshes.find(meshId));
      if (!mesh) return fail({ code: 'mesh-missing', message: `mesh ${meshId} does not exist` });
      if (isEnded(mesh)) return fail({ code: 'mesh-completed', message: `mesh ${meshId} is ${mesh.status}` });
      return done({ result: { jobId: mesh.jobId } });
    },
  });
