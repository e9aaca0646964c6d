import type { Project } from './project.ts';
import { SetupRefused, StepTimeout } from './setup-errors.ts';
import type { SetupStep, StepTools } from './setup-step.ts';
import type { SetupError, StepKey, StepState } from './step-state.ts';

/** Whether it has left something that may have to be taken back. */
export const isTouched = ({ status, attempts }: StepState): boolean =>
  attempts > 0 && ['running', 'succeeded', 'warning', 'failed'].includes(status);

/** @throws Error for a project that has not been set up. */
export function stateOf({ setup }: Project, key: StepKey): StepState {
  const state = setup?.steps.find((step) => step.key === key);
  if (!state) throw new Error(`the setup has no step ${key}`);
  return state;
}

type Work = {
  readonly key: StepKey;
  readonly project: Project;
  readonly idOf: (projectId: string, what: string) => string;
  readonly lines: string[];
};

/** What a step gets to work with. @param lines take what it logs. */
export const toolsFor = ({ key, project, idOf, lines }: Work, signal: AbortSignal): StepTools => ({
  project,
  signal,
  id(what) {
    const { generation = 0 } = stateOf(project, key);
    return idOf(project._id, generation === 0 ? what : `${what}:${generation}`);
  },
  log: (line) => void lines.push(line),
  keep: async () => undefined,
  output(of: StepKey) {
    const { output } = stateOf(project, of);
    if (!output) throw new Error(`step ${of} has left no output`);
    return output;
  },
});

/** A step that does not heed its signal has so long to come to its end. */
const settleMs = 5_000;

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());

/** Gives a step its time. Whoever takes back what it made would race with one that is still at it, so it is waited for. */
export async function within<Value>(
  { key, timeoutMs }: SetupStep,
  signal: AbortSignal,
  work: (limited: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const timeout = new AbortController();
  const timer = setTimeout(
    () => timeout.abort(new StepTimeout(`step ${key} took longer than ${timeoutMs} ms`)),
    timeoutMs,
  );
  const limited = AbortSignal.any([signal, timeout.signal]);
  const { promise, reject } = Promise.withResolvers<never>();
  const working = work(limited);
  const stop = () => {
    const settled = Promise.race([working.catch(() => undefined), after(settleMs)]);
    void settled.then(() => reject(limited.reason));
  };
  limited.addEventListener('abort', stop, { once: true });
  if (limited.aborted) stop();
  try {
    return await Promise.race([working.then((value) => (limited.aborted ? promise : value)), promise]);
  } finally {
    clearTimeout(timer);
    limited.removeEventListener('abort', stop);
  }
}

/** As it is kept and shown. */
export function errorOf(cause: unknown): SetupError {
  if (cause instanceof SetupRefused) {
    const { code, message, remedy } = cause;
    return { code, message, remedy, isRetryable: false };
  }
  const { name, message } = cause instanceof Error ? cause : { name: 'Error', message: String(cause) };
  return { code: name === 'StepTimeout' ? 'step-timeout' : 'step-failed', message, isRetryable: true };
}
