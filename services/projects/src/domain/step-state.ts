import { createHash } from 'node:crypto';
import { projectSetupStep } from '@millrace/contracts/projects';

/** The steps of a setup, in their order. */
export const stepKeys = projectSetupStep.options;
export type StepKey = (typeof stepKeys)[number];

/** `warning`: it went wrong and the project is of use without it. `skipped`: the template leaves it out. */
export const stepStatuses = ['pending', 'running', 'succeeded', 'warning', 'failed', 'skipped', 'compensated'] as const;
type StepStatus = (typeof stepStatuses)[number];

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

/** A step that nobody has begun. */
export const pending = (key: StepKey): StepState => ({
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

/** A step that is to be done once more: what it left is still there, and tells it what it has to meet; of one that was taken back nothing is. */
export const stepAgain = ({ key, status, attempts, generation = 0, log, output }: StepState): StepState => ({
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
