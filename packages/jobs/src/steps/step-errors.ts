import type { AbortReason } from '../define/define-job.ts';

/** The job belongs to another run, or has ended: nothing of this one is stored any more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** A step was asked for after the run's signal had aborted; it was not begun. */
export class RunAborted extends Error {
  override readonly name = 'RunAborted';
  readonly reason: AbortReason;

  constructor(reason: AbortReason, what: string) {
    super(`${what} is not begun: the run is aborted (${reason})`);
    this.reason = reason;
  }
}

/** A call was begun and nobody knows whether it took effect; only a person can say so. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome';
  readonly code = 'unknown-outcome';
  readonly remedy: string;

  constructor(step: string, intent: { at: Date; attempt: number; worker?: string } & ErrorOptions) {
    const { at, attempt, worker = 'unknown', cause } = intent;
    super(
      `step ${JSON.stringify(step)} was begun at ${at.toISOString()} in attempt ${attempt} by worker ${worker}; nobody knows whether it took effect`,
      { cause },
    );
    this.remedy = `find out, then retry the job with {"resolve": {${JSON.stringify(step)}: {"done": true}}}, or false when it took no effect`;
  }
}
