import type { Run } from '@millrace/jobs';
import { EngineBusy, EngineRefused, EngineUnavailable } from '../clients/engine-errors.ts';
import type { MeshEngine } from '../clients/mesh-engine.ts';
import { PictureRefused } from '../clients/picture-errors.ts';
import type { EngineReport, Mesh } from '../domain/mesh.ts';
import type { MeshRuns } from '../store/mesh-runs.ts';
import type { Meshes } from '../store/meshes.ts';
import { engineBreaker } from './engine-breaker.ts';

export type HandOverDeps = {
  readonly meshes: Pick<Meshes, 'find'>;
  readonly runs: MeshRuns;
  readonly engine: MeshEngine;
  /** Where the engine finds the picture. @throws PictureRefused when it never will. */
  addressOf(mesh: Mesh, signal: AbortSignal): Promise<string>;
  /** What a mesh needs besides the engine and is not there, in words. */
  missing(signal: AbortSignal): Promise<readonly string[]>;
  /** The engine has so long for one mesh. */
  readonly deadlineMs: number;
};

/** What came of handing a mesh to the engine. */
export type HandOver =
  | { readonly kind: 'taken' }
  | { readonly kind: 'busy'; readonly retryAfterMs: number }
  /** Something besides the engine is away, which is no fault of the mesh nor of the engine. */
  | { readonly kind: 'unready'; readonly reasons: readonly string[] }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** Something has happened meanwhile: look again. */
  | { readonly kind: 'overtaken' };

type Tools = Pick<Run<unknown>, 'attempt' | 'signal' | 'through'>;

/**
 * Gives a mesh to the engine, after a look whether all that it takes is there. Giving it once more is giving it once: the engine
 * knows it by its job's id. @throws EngineUnavailable, EngineTimeout and whatever keeps a picture's address from being found.
 */
export async function handOver(deps: HandOverDeps, mesh: Mesh, run: Tools): Promise<HandOver> {
  try {
    const reasons = await deps.missing(run.signal);
    if (reasons.length > 0) return { kind: 'unready', reasons };
    const imageUrl = mesh.engine.imageUrl ?? (await deps.addressOf(mesh, run.signal));
    const handed = await deps.runs.submitting(mesh, { imageUrl, attempt: run.attempt, at: new Date() });
    if (!handed) return { kind: 'overtaken' };
    const report = await run.through(engineBreaker, () => give(deps, handed, run.signal));
    return await noted(deps, handed, report, run.signal);
  } catch (error) {
    if (error instanceof EngineBusy) return { kind: 'busy', retryAfterMs: error.retryAfterMs };
    // It was given there under another address, which it took for another job.
    if (error instanceof EngineRefused && error.code === 'OTHER_CONTENT') return startOver(deps, mesh, error.message);
    if (error instanceof EngineRefused || error instanceof PictureRefused)
      return { kind: 'refused', code: error.code, message: error.message };
    throw error;
  }
}

async function startOver({ meshes, runs }: HandOverDeps, { _id }: Mesh, message: string): Promise<HandOver> {
  const mesh = await meshes.find(_id);
  if (mesh) await runs.startOver(mesh, message);
  return { kind: 'overtaken' };
}

async function give({ engine }: HandOverDeps, mesh: Mesh, signal: AbortSignal): Promise<EngineReport> {
  if (!(await engine.isServing(signal))) throw new EngineUnavailable('the engine answers and does not serve');
  return engine.generate(mesh, signal);
}

async function noted(deps: HandOverDeps, mesh: Mesh, report: EngineReport, signal: AbortSignal): Promise<HandOver> {
  const now = new Date();
  await deps.runs.accepted(mesh, new Date(now.getTime() + deps.deadlineMs));
  const heard = await deps.runs.hear({ meshId: mesh._id, run: mesh.run, report }, now);
  if (heard && isLive(report)) return { kind: 'taken' };
  if (!heard) await letGoIfUnwanted(deps, mesh, signal);
  return { kind: 'overtaken' };
}

const isLive = ({ state }: EngineReport): boolean => state === 'accepted' || state === 'processing';

/** It was cancelled while it was being handed over: nobody else knows that the engine has it. */
async function letGoIfUnwanted({ meshes, engine }: HandOverDeps, mesh: Mesh, signal: AbortSignal): Promise<void> {
  const now = await meshes.find(mesh._id);
  if (now?.status === 'cancelled' || now?.run !== mesh.run) await engine.cancel(mesh, signal);
}
