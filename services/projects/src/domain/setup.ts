import type { SetupError, StepKey, StepState } from './step-state.ts';

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

export const hasEnded = ({ status }: Pick<Setup, 'status'>): boolean =>
  ['succeeded', 'failed', 'cancelled', 'compensated'].includes(status);
