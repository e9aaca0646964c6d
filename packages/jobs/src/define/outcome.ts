/** A fact to be announced once the job has ended, as drafted by an event contract; at most 1 MiB of JSON. */
export type EventDraft = { readonly type: string; readonly version: number; readonly data: unknown };

/** A follow-up command, enqueued with a derived id once the job has ended. */
export type CommandDraft = {
  readonly name: string;
  readonly payload: unknown;
  /** Milliseconds from the end of the job until the follow-up is due. Default 0. */
  readonly delayMs?: number;
};

/** What follows an end: told and commanded exactly once, whoever writes the end. */
export type Aftermath = { readonly events?: readonly EventDraft[]; readonly jobs?: readonly CommandDraft[] };

/** Why a job failed for good, in words that a person can act on. */
export type Failure = { readonly code: string; readonly message: string; readonly remedy?: string };

/** What a handler returns: what should happen, instead of calling the broker itself. A throw is a retry by policy. */
export type Outcome =
  | ({ readonly kind: 'done'; readonly result?: unknown } & Aftermath)
  | { readonly kind: 'fail'; readonly failure: Failure }
  | { readonly kind: 'discard'; readonly why: string }
  | { readonly kind: 'cancel'; readonly why: string }
  | { readonly kind: 'snooze'; readonly delayMs: number };

/** The job did what it was told. `result` is kept in the record; at most 64 KiB of JSON. */
export const done = (end: Aftermath & { readonly result?: unknown } = {}): Outcome => ({ kind: 'done', ...end });

/** A business error, or a missing or invalid subject: ends the job for good, without another attempt. */
export const fail = (failure: Failure): Outcome => ({ kind: 'fail', failure });

/** Ended on purpose without effect: there was nothing to do, and nobody needs to look at it. */
export const discard = (why: string): Outcome => ({ kind: 'discard', why });

/** Ended because somebody no longer wants it. */
export const cancel = (why: string): Outcome => ({ kind: 'cancel', why });

/** Waits without a worker and without spending an attempt. @param delayMs at least 0. */
export const snooze = (delayMs: number): Outcome => ({ kind: 'snooze', delayMs });
