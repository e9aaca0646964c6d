/** Every admission reads the slots of a key: more than this is no limit per key but a matter of workers. */
const MAX_SLOTS = 1_000;

/** At most so many at once, over all processes, of the jobs with the same key. */
export type ConcurrencyLimit<Payload> = {
  readonly kind: 'concurrency';
  readonly name?: string;
  key(payload: Payload): string | undefined;
  readonly max: number;
  readonly hold: 'attempt' | 'job';
};

/** At most so many starts in a span of time, over all processes, of the jobs with the same key. */
export type RateLimit<Payload> = {
  readonly kind: 'rate';
  readonly name?: string;
  key(payload: Payload): string | undefined;
  readonly max: number;
  readonly perMs: number;
  readonly burst: number;
};

export type LimitRule<Payload> = ConcurrencyLimit<Payload> | RateLimit<Payload>;

/** Whose jobs take turns when a queue has more than it can do. */
export type FairRule<Payload> = {
  tenant(payload: Payload): string;
  /**
   * Jobs of the queue that are with the broker or run at the same time; the others wait in their records. Default: twice
   * the slots of all workers of the queue, at least 20.
   */
  readonly window?: number;
};

/**
 * At most `max` jobs with the same key run at once, over all processes; the others wait in their records, tenants in turn.
 * @param limit.key of any text up to 200 characters; jobs of different names with the same key share the limit. Undefined: not limited.
 * @param limit.max 1 to 1,000.
 * @param limit.hold `attempt` (default) frees the slot whenever the job does not run, `job` keeps it over snoozes and retries until its end.
 * @param limit.name by which settings of the queue may override `max`. Default: its place in the list, `limit-0`.
 */
export function concurrency<Payload>(limit: {
  key(payload: Payload): string | undefined;
  max: number;
  hold?: 'attempt' | 'job';
  name?: string;
}): ConcurrencyLimit<Payload> {
  requireWhole('concurrency limit: max', limit.max, 1, MAX_SLOTS);
  return { ...limit, kind: 'concurrency', hold: limit.hold ?? 'attempt' };
}

/**
 * At most `max` jobs with the same key start in any span of `perMs`, over all processes.
 * @param limit.key as in {@link concurrency}.
 * @param limit.max 1 to 100,000.
 * @param limit.perMs at least 1.
 * @param limit.burst how many may start at once after a pause, 1 to `max`. Default 1: evenly spread. What the burst takes is
 *   missing from the steady flow, which is `max − burst + 1` per `perMs`, so that no span ever sees more than `max`.
 */
export function rate<Payload>(limit: {
  key(payload: Payload): string | undefined;
  max: number;
  perMs: number;
  burst?: number;
  name?: string;
}): RateLimit<Payload> {
  requireWhole('rate limit: max', limit.max, 1, 100_000);
  requireWhole('rate limit: perMs', limit.perMs, 1, Number.MAX_SAFE_INTEGER);
  requireWhole('rate limit: burst', limit.burst ?? 1, 1, limit.max);
  return { ...limit, kind: 'rate', burst: limit.burst ?? 1 };
}

/** The name by which records and settings know a rule. */
export const ruleName = ({ name }: LimitRule<never>, index: number): string => name ?? `limit-${index}`;

function requireWhole(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${what} is ${value}; allowed is a whole number from ${least} to ${most}`);
}
