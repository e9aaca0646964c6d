import { finishMesh, meshProgressed, progressMesh } from '@millrace/contracts/mesh';
import { type CommandDraft, defineJob, discard, done } from '@millrace/jobs';
import type { MeshEngine } from '../clients/mesh-engine.ts';
import { type EngineReport, factsOf, type Mesh } from '../domain/mesh.ts';
import type { MeshRuns } from '../store/mesh-runs.ts';
import type { Meshes } from '../store/meshes.ts';

export type ProgressDeps = {
  readonly meshes: Pick<Meshes, 'find'>;
  readonly runs: Pick<MeshRuns, 'hear'>;
  readonly engine: Pick<MeshEngine, 'cancel'>;
  /** Has the mesh's `mesh.generate` look at once. */
  wake(jobId: string): Promise<void>;
};

/**
 * Takes down what the engine has called to say. A rerun finds its own report written and repeats what follows from it; a report that is
 * older than what is known, of a former run, or of a mesh that has ended changes nothing.
 */
export const progressMeshJob = ({ meshes, runs, engine, wake }: ProgressDeps) =>
  defineJob(progressMesh, {
    async run({ payload: { meshId, run, report }, signal }) {
      const mesh = (await runs.hear({ meshId, run, report }, new Date())) ?? (await meshes.find(meshId));
      if (!mesh) return discard(`mesh ${meshId} does not exist`);
      if (isUnwanted(mesh, run, report)) await engine.cancel({ _id: meshId, run }, signal);
      if (!isLastHeard(mesh, run, report)) return discard('it is older than what is known');
      if (report.state === 'failed' || report.state === 'cancelled') await wake(mesh.jobId);
      return done({ events: [progressOf(mesh)], jobs: followUps(mesh, report) });
    },
  });

/** The engine works on what nobody wants any more: whoever cancelled it did not know that the engine had it. */
const isUnwanted = (mesh: Mesh, run: number, { state }: EngineReport): boolean =>
  (mesh.status === 'cancelled' || mesh.run !== run) && (state === 'accepted' || state === 'processing');

const isLastHeard = ({ run, engine: { heard } }: Mesh, reportedRun: number, { fence, seq }: EngineReport): boolean =>
  run === reportedRun && heard.fence === fence && heard.seq === seq;

const progressOf = (mesh: Mesh) => meshProgressed({ ...factsOf(mesh), progress: mesh.progress, stage: mesh.stage });

const followUps = ({ _id: meshId, jobId }: Mesh, { state }: EngineReport): CommandDraft[] =>
  state === 'completed' ? [{ name: finishMesh.name, payload: { meshId, jobId, end: { state } } }] : [];
