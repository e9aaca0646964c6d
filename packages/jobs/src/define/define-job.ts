import type { z } from 'zod';
import type { Breaker } from './breaker.ts';
import type { FairRule, LimitRule } from './limit-rules.ts';
import type { Aftermath, Failure, Outcome } from './outcome.ts';
import type { RetryRule } from './retry-policy.ts';
import type { RunTools } from './run-tools.ts';

export type Lane = 'hi' | 'std' | 'lo';

/** What the runtime needs to know of a job's contract; any object of this shape will do. */
export type Contract<Payload extends z.ZodType = z.ZodType> = {
  readonly name: string;
  readonly queue: string;
  readonly summary: string;
  readonly version: number;
  readonly versions: Readonly<Record<number, z.ZodType>>;
  readonly upcasts: Readonly<Record<number, (payload: never) => unknown>>;
  readonly payload: Payload;
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  readonly lane: Lane;
};

/** A job as far as a command needs it: its contract, or its name alone. */
export type Commandable = { readonly name: string; readonly payload?: z.ZodType };

/** What a job is commanded with, before defaults are filled in; anything for a name alone. */
export type PayloadOf<Commanded extends Commandable> = Commanded extends {
  readonly payload: infer Payload extends z.ZodType;
}
  ? z.input<Payload>
  : unknown;

/** What a handler gets to work with during one run. */
export type Run<Payload> = RunTools & {
  readonly jobId: string;
  /** The same over retries and replays: derive every effect's id and key from it. */
  readonly rootId: string;
  readonly name: string;
  /** From 1; counts what people call attempts. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly payload: Payload;
  readonly createdAt: Date;
  /** Aborts on cancel, timeout, shutdown and loss of the lease; `signal.reason` is an {@link AbortReason}. */
  readonly signal: AbortSignal;
  /** Reports progress, 0 to 1; carried by the next heartbeat, so call it as often as you like. */
  progress(fraction: number, message?: string): void;
  /** Merges fields into the job's `meta`; carried by the next heartbeat. */
  meta(patch: Record<string, unknown>): void;
};

export type AbortReason = 'cancelled' | 'timeout' | 'shutdown' | 'lease-lost';

/** How a job ended, as `onEnd` sees it. */
export type End =
  | { readonly state: 'completed'; readonly result: unknown }
  | { readonly state: 'failed'; readonly failure: Failure }
  | { readonly state: 'discarded' | 'cancelled'; readonly why: string };

export type EndedJob<Payload> = {
  readonly jobId: string;
  readonly rootId: string;
  readonly attempt: number;
  readonly payload: Payload;
};

export type UniqueRule<Payload> = {
  key(payload: Payload): string;
  /** Held while unfinished and until creation + window, whichever is later. Default 0: while unfinished. */
  readonly windowMs?: number;
  /** Default `return-existing`. */
  readonly onConflict?: OnConflict;
};

/**
 * What becomes of a command whose key is held.
 * | `return-existing` | the holder stands for it |
 * | `replace-if-not-started` | a holder that has not begun takes over its payload, time, lane and tags; else as `return-existing` |
 * | `keep-latest-after-current` | the same while the holder has not begun; else one job waits for the holder's end, with what was commanded last |
 * | `reject` | it is refused: `unique-conflict`, naming the holder |
 */
export type OnConflict = 'return-existing' | 'replace-if-not-started' | 'keep-latest-after-current' | 'reject';

/** How a dead letter is tried out with nothing applied. To have this rule is to say that nothing happens past the run's tools. */
export type Rehearse<Payload> = {
  /**
   * What a step answers (`step`, `once`, and `through` by the breaker's name) that has no receipt yet. Where none is
   * given, the rehearsal ends.
   */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** In place of the job's `run`, for one that does something past its steps. */
  run?(run: Run<Payload>): Promise<Outcome>;
};

/** A job's contract together with the code that keeps it. */
export type JobDefinition<Payload = unknown> = {
  readonly contract: Contract;
  readonly unique?: UniqueRule<Payload>;
  readonly limits?: readonly LimitRule<Payload>[];
  readonly fair?: FairRule<Payload>;
  readonly retry: readonly RetryRule[];
  /** The whole run goes through these, as by `run.through`. */
  readonly breakers?: readonly Breaker[];
  readonly rehearse?: Rehearse<Payload>;
  /**
   * Pure. Evaluated by whoever writes the end (runner, sweeper, cancel), also when no handler is alive;
   * so what must follow a final failure belongs here and not into a catch.
   */
  onEnd(job: EndedJob<Payload>, end: End): Aftermath;
  run(run: Run<Payload>): Promise<Outcome>;
};

/**
 * Joins a contract and its handler.
 * @example
 * export const seedCampaignJob = ({ campaigns }: Deps) =>
 *   defineJob(seedCampaign, { async run({ payload }) { …; return done(); } });
 */
export function defineJob<Payload extends z.ZodType>(
  contract: Contract<Payload>,
  code: {
    unique?: UniqueRule<z.output<Payload>>;
    /** All of them must let a job pass before it runs. */
    limits?: readonly LimitRule<z.output<Payload>>[];
    /** Whose jobs take turns; once for all jobs of a queue or for none. */
    fair?: FairRule<z.output<Payload>>;
    retry?: readonly RetryRule[];
    breakers?: readonly Breaker[];
    rehearse?: Rehearse<z.output<Payload>>;
    onEnd?(job: EndedJob<z.output<Payload>>, end: End): Aftermath;
    run(run: Run<z.output<Payload>>): Promise<Outcome>;
  },
): JobDefinition<z.output<Payload>> {
  return {
    contract,
    ...(code.unique && { unique: code.unique }),
    ...(code.limits && { limits: code.limits }),
    ...(code.fair && { fair: code.fair }),
    retry: code.retry ?? [],
    ...(code.breakers && { breakers: code.breakers }),
    ...(code.rehearse && { rehearse: code.rehearse }),
    onEnd: (job, end) => code.onEnd?.(job, end) ?? {},
    run: (run) => code.run(run),
  };
}
