import type { Mesh } from './mesh.ts';

/** What a `mesh.generate` has to do now. */
export type Step =
  /** Another job has taken the mesh over. */
  | 'leave'
  /** It has ended already, as this job wanted. */
  | 'rest'
  /** It is no longer wanted. */
  | 'stop'
  /** It had failed, and a person has called this job back. */
  | 'reopen'
  /** The engine has made it. */
  | 'finish'
  /** The engine will never make it. */
  | 'give-up'
  /** The engine has failed and may do better next time. */
  | 'start-over'
  | 'expire'
  | 'submit'
  /** The engine has been silent for too long. */
  | 'ask'
  | 'wait';

type Facts = { readonly jobId: string; readonly now: Date; readonly silenceMs: number };

/** Decides by what is known of the mesh alone, so that a run goes on wherever the last one has died. */
export function nextStep(mesh: Mesh, { jobId, now, silenceMs }: Facts): Step {
  if (mesh.jobId !== jobId) return 'leave';
  return ended(mesh) ?? told(mesh) ?? due(mesh, now, silenceMs);
}

function ended({ status }: Mesh): Step | undefined {
  if (status === 'completed') return 'rest';
  if (status === 'cancelled') return 'stop';
  return status === 'failed' ? 'reopen' : undefined;
}

/** What the engine's last word asks for. A job that somebody cancelled there, and not here, is one that failed there. */
function told({ engine: { state, failure } }: Mesh): Step | undefined {
  if (state === 'completed') return 'finish';
  if (state === 'failed') return failure?.permanent ? 'give-up' : 'start-over';
  return state === 'cancelled' ? 'start-over' : undefined;
}

function due({ deadlineAt, engine: { state, heardAt } }: Mesh, now: Date, silenceMs: number): Step {
  if (deadlineAt && now > deadlineAt) return 'expire';
  if (state === null || !heardAt) return 'submit';
  return now.getTime() - heardAt.getTime() > silenceMs ? 'ask' : 'wait';
}
