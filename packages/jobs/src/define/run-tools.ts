import type { Breaker } from './breaker.ts';

/** What a step gets to work with. */
export type StepTools = {
  /** The same over reruns, retries and replays: the `_id` of what the step inserts (UUIDv5 of the key). */
  readonly id: string;
  /** `<rootId>:<step>`: an Idempotency-Key for whomever the step calls. */
  readonly key: string;
  readonly signal: AbortSignal;
};

/** How the outcome of a call is found out that was begun and has no receipt. */
export type OnceOptions<Value> = {
  /** Asks the callee. Returns the value when the call has taken effect, undefined when it has not. */
  check?(tools: StepTools): Promise<Value | undefined>;
  /** Whether this error of the call proves that nothing has happened, e.g. a refused connection. Default: none does. */
  isUndone?(error: Error): boolean;
};

/** Fields and a constant sentence, or the sentence alone. */
type RunLogLine = {
  (fields: Readonly<Record<string, unknown>>, message: string): void;
  (message: string): void;
};

export type RunLog = { readonly [level in LogLevel]: RunLogLine };

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a run can do besides computing: all of it is fenced, so that a run that has lost its job changes nothing. */
export type RunTools = {
  /**
   * Does a part of the job and keeps a receipt: a rerun gets the receipt's value without doing it again. A step that died
   * in the middle is done again, so its effects carry the tools' `id` or `key`. Steps may run side by side; the same name
   * twice in one run is one step.
   * @param name 1 to 100 characters, the same in every run.
   * @returns the value as JSON gives it back (dates are strings), on the first run too; at most 64 KiB of it.
   * @throws LeaseLost when the job belongs to another run by now; RunAborted when the signal has aborted before the step.
   */
  step<Value>(name: string, work: (tools: StepTools) => Promise<Value> | Value): Promise<Value>;
  /**
   * A step for a call that is neither idempotent nor to be repeated blindly: its intent is written first, its receipt after.
   * A run that finds an intent without receipt asks `check`; without one the job fails as `unknown-outcome`, is not retried,
   * and waits for a person's answer.
   */
  once<Value>(
    name: string,
    call: (tools: StepTools) => Promise<Value> | Value,
    options?: OnceOptions<Value>,
  ): Promise<Value>;
  /** Stores where a loop has come to; resolves when it is stored. @param cursor JSON, at most 64 KiB. @throws LeaseLost. */
  checkpoint(cursor: unknown): Promise<void>;
  /** The last checkpoint of this job, of this run or an earlier one; undefined before the first. */
  readonly cursor: unknown;
  /** Writes to the service's log and to the job's own, at most 1,000 lines a job and 8 KiB a line. */
  readonly log: RunLog;
  /**
   * Calls a dependency behind its breaker. While that is open the job waits, without a worker and without spending an attempt.
   * @param key a part of the dependency with a breaker of its own, e.g. a tenant's account.
   * @throws BreakerOpen, which the handler lets pass.
   */
  through<Value>(breaker: Breaker, call: () => Promise<Value> | Value, key?: string): Promise<Value>;
};
