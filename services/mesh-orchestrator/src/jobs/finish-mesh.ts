import { cleanMeshes, finishMesh, meshCancelled, meshCompleted, meshFailed } from '@millrace/contracts/mesh';
import { type Aftermath, defineJob, discard, done, exponential, on } from '@millrace/jobs';
import type { ArtifactStore } from '@millrace/service';
import type { z } from 'zod';
import type { MeshEngine } from '../clients/mesh-engine.ts';
import { engineJobOf } from '../domain/ids.ts';
import { factsOf, isEnded, type Mesh, type MeshResult } from '../domain/mesh.ts';
import type { MeshRuns } from '../store/mesh-runs.ts';
import type { Meshes } from '../store/meshes.ts';

type Payload = z.output<typeof finishMesh.payload>;

export type FinishDeps = {
  readonly meshes: Pick<Meshes, 'find'>;
  readonly runs: Pick<MeshRuns, 'complete' | 'reuse' | 'fail' | 'cancel'>;
  readonly engine: Pick<MeshEngine, 'cancel'>;
  readonly artifacts: Pick<ArtifactStore, 'stat'>;
  /** Has the mesh's `mesh.generate` look at once, so that it ends and frees its slot. */
  wake(jobId: string): Promise<void>;
  /** Whether a job is still going to do something. */
  isUnfinished(jobId: string): Promise<boolean>;
  /** Counts a mesh that has ended. */
  observe(mesh: Mesh): void;
};

/** A file that a completed mesh names is not in the store, or not whole. */
class ResultMissing extends Error {
  override readonly name = 'ResultMissing';
}

/** So long a failed mesh keeps what it has left in the store: for those who look into why. */
const KEPT_AFTER_FAILURE_MS = 3_600_000;

/**
 * Ends a mesh. The end that is written first holds, whoever noticed it: callback, watch, cancel or a last attempt; the others find it
 * ended and do nothing. The one that has written it tells of it, also when it has to be run again.
 */
export const finishMeshJob = (deps: FinishDeps) =>
  defineJob(finishMesh, {
    unique: { key: ({ jobId, end }) => `${jobId}:${end.state}` },
    retry: [on(ResultMissing, exponential({ baseMs: 1_000 }), { max: 3 })],

    async run({ payload, rootId, signal }) {
      const mesh = await deps.meshes.find(payload.meshId);
      if (!mesh) return discard(`mesh ${payload.meshId} does not exist`);
      if (payload.end.state === 'failed' && (await deps.isUnfinished(payload.jobId)))
        return discard('it is being made again');
      const ended = mesh.endedBy === rootId ? mesh : await end(deps, mesh, payload, rootId);
      if (payload.end.state !== 'completed') await letGo(deps, mesh, signal);
      if (!ended) return discard(`mesh ${mesh._id} is ${mesh.status} already`);
      await deps.wake(mesh.jobId);
      deps.observe(ended);
      return done(aftermathOf(ended));
    },

    onEnd: ({ payload: { meshId, jobId, end: wish } }, end) =>
      end.state === 'failed' && wish.state === 'completed'
        ? {
            jobs: [{ name: finishMesh.name, payload: { meshId, jobId, end: { state: 'failed', error: end.failure } } }],
          }
        : {},
  });

/** @returns null when it has ended otherwise, or belongs to another job. */
async function end(deps: FinishDeps, mesh: Mesh, { jobId, end: wish }: Payload, rootId: string): Promise<Mesh | null> {
  if (mesh.jobId !== jobId || isEnded(mesh)) return null;
  const now = new Date();
  switch (wish.state) {
    case 'failed':
      return deps.runs.fail(mesh, { ...wish.error, details: detailsOf(mesh) }, rootId, now);
    case 'cancelled':
      return deps.runs.cancel(mesh, rootId, now);
    case 'completed': {
      const earlier = wish.reusedFrom && (await deps.meshes.find(wish.reusedFrom));
      if (earlier) return deps.runs.reuse(mesh, earlier, rootId, now);
      await requireWhole(mesh.result, deps.artifacts);
      return deps.runs.complete(mesh, rootId, now);
    }
  }
}

/** What helps to find out more, by whoever has made the mesh or runs the engine. */
const detailsOf = ({ _id: meshId, run, stage }: Mesh): Record<string, string> => ({
  stage,
  engineJob: engineJobOf({ meshId, run }),
});

/** What the engine says is there has to be there before anybody is told. @throws ResultMissing. */
async function requireWhole(result: MeshResult | null, artifacts: FinishDeps['artifacts']): Promise<void> {
  if (!result) throw new ResultMissing('the engine has told of no result');
  for (const { key, bytes } of result.artifacts) {
    const stored = await artifacts.stat(key);
    if (stored?.bytes !== bytes)
      throw new ResultMissing(`${key} has ${stored?.bytes ?? 'no'} bytes in the store, not ${bytes}`);
  }
}

/** A failed or cancelled mesh must not keep the engine busy. One that cannot be told has nothing to let go, or ends by itself. */
async function letGo({ engine }: FinishDeps, mesh: Mesh, signal: AbortSignal): Promise<void> {
  if (mesh.engine.fence > 0) await engine.cancel(mesh, signal).catch(() => undefined);
}

function aftermathOf(mesh: Mesh): Aftermath {
  const facts = factsOf(mesh);
  if (mesh.status === 'cancelled') return { events: [meshCancelled(facts)] };
  if (mesh.status === 'completed') return { events: [meshCompleted({ ...facts, ...madeOf(mesh) })] };
  const clean = {
    name: cleanMeshes.name,
    payload: { meshId: mesh._id, jobId: mesh.jobId },
    delayMs: KEPT_AFTER_FAILURE_MS,
  };
  const error = mesh.error ?? { code: 'unknown', message: 'no reason is known' };
  return { events: [meshFailed({ ...facts, error, attempts: mesh.attempt })], jobs: [clean] };
}

function madeOf({ result, mode, reusedFrom, startedAt, finishedAt }: Mesh) {
  return {
    mode: mode ?? 'auto',
    vertexCount: result?.vertexCount ?? 0,
    triangleCount: result?.triangleCount ?? 0,
    achievedError: result?.achievedError ?? 0,
    watertight: result?.watertight ?? null,
    durationMs: startedAt && finishedAt ? finishedAt.getTime() - startedAt.getTime() : 0,
    reused: reusedFrom !== null,
  };
}
