import { createHash } from 'node:crypto';
import { projectSetupStep } from '@millrace/contracts/projects';
import type { Project } from './project.ts';
import { setupTemplates } from './setup-template.ts';

/** The steps of a setup, in their order. */
export const stepKeys = projectSetupStep.options;
export type StepKey = (typeof stepKeys)[number];

/** `warning`: it went wrong and the project is of use without it. `skipped`: the template leaves it out. */
export const stepStatuses = ['pending', 'running', 'succeeded', 'warning', 'failed', 'skipped', 'compensated'] as const;
type StepStatus = (typeof stepStatuses)[number];

export const setupStatuses = [
  'queued',
  'running',
  'waiting',
  'cancelling',
  'compensating',
  'succeeded',
  'failed',
  'cancelled',
  'compensated',
] as const;
type SetupStatus = (typeof setupStatuses)[number];

/** Why a step or a setup went wrong, in words that a person can act on. */
export type SetupError = {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
  /** Whether the same step may go well without anybody doing anything. */
  readonly isRetryable: boolean;
};

/** What a step leaves behind: JSON, small. */
export type StepOutput = Readonly<Record<string, unknown>>;

export type StepState = {
  readonly key: StepKey;
  readonly status: StepStatus;
  readonly attempts: number;
  /** How often it was taken back and begun anew: what it makes then is another thing. Missing is 0. */
  readonly generation?: number;
  /** Of what the step was made of; a step that succeeded with the same input is not done again. */
  readonly inputHash: string | null;
  readonly output: StepOutput | null;
  readonly error: SetupError | null;
  readonly log: readonly string[];
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** The trace in which it ran last. */
  readonly traceId: string | null;
};

export const cancelModes = ['keep', 'compensate'] as const;
export type CancelMode = (typeof cancelModes)[number];

export type Setup = {
  readonly status: SetupStatus;
  readonly jobId: string;
  readonly templateVersion: number;
  /** Of the run at work: whoever has lost its job writes nothing. */
  readonly token: string | null;
  readonly steps: readonly StepState[];
  /** A person no longer wants it. */
  readonly cancel: { readonly mode: CancelMode; readonly by: string; readonly at: Date } | null;
  /** What it waits for, such as `campaign:<id>`: events of theirs wake it. */
  readonly awaits: readonly string[];
  readonly error: SetupError | null;
  /** How often another job has taken it up. */
  readonly rounds: number;
  /** Deliberate repetitions: by whom, and what was done again though it had succeeded. */
  readonly retries: readonly { readonly by: string; readonly at: Date; readonly again: readonly StepKey[] }[];
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
};

const pending = (key: StepKey): StepState => ({
  key,
  status: 'pending',
  attempts: 0,
  inputHash: null,
  output: null,
  error: null,
  log: [],
  startedAt: null,
  finishedAt: null,
  traceId: null,
});

export function newSetup({ template }: Pick<Project, 'template'>, jobId: string): Setup {
  const { version, skips } = setupTemplates[template];
  const stateOf = (key: StepKey): StepState =>
    skips.includes(key) ? { ...pending(key), status: 'skipped' } : pending(key);
  return {
    status: 'queued',
    jobId,
    templateVersion: version,
    token: null,
    steps: stepKeys.map(stateOf),
    cancel: null,
    awaits: [],
    error: null,
    rounds: 0,
    retries: [],
    startedAt: null,
    finishedAt: null,
  };
}

/** What a person asked for when a setup was to be done once more. */
export type Repetition = { readonly by: string; readonly again: readonly StepKey[] };

/** The setup as a job takes it up: as it stands for its own job, with what is not done before it for another one. */
export function setupFor(
  project: Project,
  jobId: string,
  { by, again }: Repetition = { by: project.ownerId, again: [] },
): Setup {
  const { setup, status } = project;
  if (!setup) return newSetup(project, jobId);
  if (setup.jobId === jobId) return setup;
  // Who cancels a failed setup has another job take back what it has made.
  const cancel = status === 'failed' ? setup.cancel : null;
  return {
    ...setup,
    status: 'queued',
    jobId,
    token: null,
    cancel,
    awaits: [],
    error: null,
    finishedAt: null,
    rounds: setup.rounds + 1,
    retries: cancel ? setup.retries : [...setup.retries, { by, at: new Date(), again }],
    steps: setup.steps.map((step) => (cancel || isKept(step, again) ? step : stepAgain(step))),
  };
}

const isKept = ({ key, status }: StepState, again: readonly StepKey[]): boolean =>
  status === 'skipped' || (['succeeded', 'warning'].includes(status) && !again.includes(key));

/** What it left is still there, and tells it what it has to meet; of one that was taken back nothing is. */
const stepAgain = ({ key, status, attempts, generation = 0, log, output }: StepState): StepState => ({
  ...pending(key),
  attempts,
  log,
  ...(status === 'compensated' ? { generation: generation + 1 } : { generation, output }),
});

/** A step and all that follow it. */
export const stepsFrom = (key: StepKey): StepKey[] => stepKeys.slice(stepKeys.indexOf(key));

/** A step that needs no further run. */
export const isDone = ({ status, inputHash }: StepState, hash: string): boolean =>
  status === 'skipped' || (['succeeded', 'warning'].includes(status) && inputHash === hash);

export const hashOf = (input: unknown): string =>
  createHash('sha256').update(JSON.stringify(input)).digest('base64url').slice(0, 22);

/** From 0 to 1: the share of steps that are over. */
export function progressOf(steps: readonly StepState[]): number {
  const over = steps.filter(({ status }) => ['succeeded', 'warning', 'skipped'].includes(status)).length;
  return steps.length === 0 ? 0 : over / steps.length;
}

export const hasEnded = ({ status }: Pick<Setup, 'status'>): boolean =>
  ['succeeded', 'failed', 'cancelled', 'compensated'].includes(status);
