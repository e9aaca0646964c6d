import { finishMesh, generateMesh } from '@millrace/contracts/mesh';
import {
  cancel,
  concurrency,
  defineJob,
  discard,
  done,
  type End,
  every,
  exponential,
  type Failure,
  fail,
  type Outcome,
  on,
  type Run,
  snooze,
} from '@millrace/jobs';
import type { z } from 'zod';
import { EngineFailed, EngineFault, EngineTimeout } from '../clients/engine-errors.ts';
import type { Mesh, MeshError } from '../domain/mesh.ts';
import { nextStep, type Step } from '../domain/next-step.ts';
import { engineBreaker } from './engine-breaker.ts';
import { type HandOverDeps, handOver } from './hand-over.ts';

type Payload = z.output<typeof generateMesh.payload>;

export type GenerateDeps = HandOverDeps & {
  /** A completed mesh whose files can stand for this one. */
  equalMesh(mesh: Mesh, signal: AbortSignal): Promise<Mesh | undefined>;
  /** Between two looks at a mesh that the engine works on. */
  readonly watchMs: number;
  /** After so long without a word the engine is asked. */
  readonly silenceMs: number;
  /** Before the second attempt after a fault of the engine. */
  readonly faultRetryMs: number;
  /** Between two attempts when the engine does not answer in time. */
  readonly timeoutRetryMs: number;
};

/** So many meshes are being made at once, over all replicas, each from its first look to its end. */
const MESHES_AT_ONCE = 10;

/**
 * Has a mesh made without keeping a worker: hands it to the engine and lies down. Callbacks carry it on (`mesh.progress`), and
 * this job wakes up now and then to see that they do: an engine that has gone silent is asked, one that has forgotten the
 * mesh is given it again, one that takes too long is given up.
 */
export const generateMeshJob = (deps: GenerateDeps) =>
  defineJob(generateMesh, {
    limits: [concurrency({ key: () => 'mesh.generation', max: MESHES_AT_ONCE, hold: 'job', name: 'meshes' })],
    retry: [
      on(EngineFault, exponential({ baseMs: deps.faultRetryMs, factor: 3 }), { max: 3 }),
      on(EngineTimeout, every(deps.timeoutRetryMs), { max: 5 }),
    ],

    async run(run) {
      const { meshId } = run.payload;
      const mesh = await deps.meshes.find(meshId);
      if (!mesh) return fail({ code: 'mesh-missing', message: `mesh ${meshId} does not exist` });
      const step = nextStep(mesh, { jobId: run.jobId, now: new Date(), silenceMs: deps.silenceMs });
      return steps[step](deps, mesh, run);
    },

    onEnd({ jobId, payload: { meshId } }, end) {
      const told = endOf(end);
      return told ? { jobs: [{ name: finishMesh.name, payload: { meshId, jobId, end: told } }] } : {};
    },
  });

/** How the mesh ends when this job does. A completed one has said so itself, and one that was left alone goes on elsewhere. */
function endOf(end: End): { state: 'cancelled' } | { state: 'failed'; error: MeshError } | undefined {
  if (end.state === 'cancelled') return { state: 'cancelled' };
  return end.state === 'failed' ? { state: 'failed', error: end.failure } : undefined;
}

type Act = (deps: GenerateDeps, mesh: Mesh, run: Run<Payload>) => Promise<Outcome>;

const steps: Readonly<Record<Step, Act>> = {
  leave: async (_, mesh) => discard(`mesh ${mesh._id} is made by job ${mesh.jobId} now`),
  rest: async () => done(),
  stop: async () => cancel('the mesh is not wanted any more'),
  finish: async (_, mesh, { jobId }) => finish(mesh, jobId, { state: 'completed' }),
  'give-up': async (_, { engine }) => fail(reasonOf(engine)),
  wait: async ({ watchMs }) => snooze(watchMs),
  submit,
  ask,

  /** Let go of before its place is the next one's. */
  async expire({ engine }, mesh, { signal }) {
    await engine.cancel(mesh, signal).catch(() => undefined);
    return fail(tooLate(mesh.deadlineAt));
  },

  async reopen(deps, mesh, run) {
    const again = await deps.runs.calledBack(mesh);
    return again ? submit(deps, again, run) : lookAgain;
  },

  /** The next attempt is another job there. */
  async 'start-over'({ runs }, mesh) {
    const { code, message } = reasonOf(mesh.engine);
    if (!(await runs.startOver(mesh, message))) return lookAgain;
    throw new EngineFailed(code, message);
  },
};

const lookAgain = snooze(0);

const finish = ({ _id: meshId }: Mesh, jobId: string, end: { state: 'completed'; reusedFrom?: string }): Outcome =>
  done({ jobs: [{ name: finishMesh.name, payload: { meshId, jobId, end } }] });

const reasonOf = ({ failure }: Mesh['engine']): Failure =>
  failure
    ? { code: failure.code, message: failure.message }
    : { code: 'CANCELLED', message: 'it was cancelled at the engine' };

const tooLate = (deadlineAt: Date | null): Failure => ({
  code: 'deadline-exceeded',
  message: `the engine has not made it by ${deadlineAt?.toISOString()}`,
  remedy: 'retry it with a smaller picture, or with a larger detailFactor',
});

async function submit(deps: GenerateDeps, mesh: Mesh, run: Run<Payload>): Promise<Outcome> {
  const equal = mesh.engine.fence === 0 && (await deps.equalMesh(mesh, run.signal));
  if (equal) return finish(mesh, run.jobId, { state: 'completed', reusedFrom: equal._id });
  const outcome = await handOver(deps, mesh, run);
  switch (outcome.kind) {
    case 'taken':
      return snooze(deps.watchMs);
    case 'busy':
      return snooze(outcome.retryAfterMs);
    case 'unready':
      run.log.warn({ meshId: mesh._id, missing: outcome.reasons }, 'a mesh waits for what is away');
      return snooze(deps.watchMs);
    case 'refused':
      return fail({ code: outcome.code, message: outcome.message });
    case 'overtaken':
      return lookAgain;
  }
}

/** Callbacks stay away: asks the engine. What it says is acted upon by the next look, the same that acts on callbacks. */
async function ask(deps: GenerateDeps, mesh: Mesh, run: Run<Payload>): Promise<Outcome> {
  const answer = await answerOf(deps, mesh, run);
  if (answer === 'away') return snooze(deps.watchMs);
  if (answer === 'unknown') {
    const again = await deps.runs.lost(mesh);
    return again ? submit(deps, again, run) : lookAgain;
  }
  const now = new Date();
  const heard = await deps.runs.hear({ meshId: mesh._id, run: mesh.run, report: answer }, now);
  if (!heard) await deps.runs.heardOf(mesh, now);
  const isLive = answer.state === 'accepted' || answer.state === 'processing';
  return isLive ? snooze(deps.watchMs) : lookAgain;
}

/** One that cannot be reached is asked again later; the deadline bounds that, and no attempt is spent on it. */
async function answerOf({ engine }: GenerateDeps, mesh: Mesh, { through, signal }: Run<Payload>) {
  try {
    return (await through(engineBreaker, () => engine.status(mesh, signal))) ?? 'unknown';
  } catch (error) {
    if (error instanceof EngineFault || error instanceof EngineTimeout) return 'away';
    throw error;
  }
}
