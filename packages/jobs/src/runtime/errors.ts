/** Everything that a caller can have done wrong; `code` is stable and meant for programs. */
export type JobsErrorCode =
  | 'batch-not-found'
  | 'batch-too-large'
  | 'breaker-not-found'
  | 'job-name-unknown'
  | 'job-not-found'
  | 'job-state-conflict'
  | 'step-not-unknown'
  | 'payload-invalid'
  | 'payload-too-large'
  | 'id-invalid'
  | 'unique-conflict'
  | 'queue-not-found'
  | 'queue-changed'
  | 'worker-not-found'
  | 'schedule-not-found'
  | 'schedule-invalid'
  | 'schedule-changed'
  | 'dead-letter-not-found'
  | 'dead-letter-not-replayable'
  | 'operation-not-found'
  | 'count-changed';

/** An error that the caller can mend. `details` is JSON-ready. */
export class JobsError extends Error {
  override readonly name = 'JobsError';
  readonly code: JobsErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: JobsErrorCode, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** The broker has not taken a message; the sweeper will send it again from the record. */
export class NotPublished extends Error {
  override readonly name = 'NotPublished';
  readonly reason: 'disconnected' | 'blocked' | 'refused' | 'unroutable' | 'unconfirmed';

  constructor(reason: NotPublished['reason'], detail: string) {
    super(`message not published: ${reason} (${detail})`);
    this.reason = reason;
  }
}

/** Thrown into a run's place when its handler goes on past the contract's `timeoutMs`. */
export class JobTimeout extends Error {
  override readonly name = 'JobTimeout';
}

/** Any thrown value as an Error, so that `catch (error: unknown)` can go on. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`thrown: ${String(thrown)}`);
}
