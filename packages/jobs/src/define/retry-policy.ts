/** How long to wait before the next attempt; `failures` counts this error class's failures so far, from 1. */
export type Backoff = (failures: number) => number;

type ErrorClass = abstract new (...args: never[]) => Error;

/** What to do after an error of a class. The first rule whose class matches decides. */
export type RetryRule = {
  readonly errorClass: ErrorClass;
  readonly className: string;
  readonly backoff: Backoff;
  /** Attempts that this class may spend; the job's `maxAttempts` caps the sum of all classes. */
  readonly max: number;
};

/**
 * Delay with full jitter in its upper half: between half and all of `baseMs · factor^(failures − 1)`, capped.
 * | failures | base 1 s: 1: 0.5–1 s | 2: 1–2 s | 3: 2–4 s | … | cap 10 min |
 */
export function exponential({ baseMs = 1_000, factor = 2, capMs = 600_000, random = Math.random } = {}): Backoff {
  return (failures) => {
    const ceilingMs = Math.min(capMs, baseMs * factor ** (failures - 1));
    return Math.round(ceilingMs * (0.5 + random() / 2));
  };
}

/** The same delay each time, e.g. `every(30_000)` for read timeouts. */
export const every =
  (delayMs: number): Backoff =>
  () =>
    delayMs;

/** A rule for one error class. `max` defaults to no limit of its own. */
export function on(errorClass: ErrorClass, backoff: Backoff, { max = Number.POSITIVE_INFINITY } = {}): RetryRule {
  return { errorClass, className: errorClass.name, backoff, max };
}

/** What the policy says after a failure. */
export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number; readonly className: string }
  | { readonly retry: false; readonly className: string };

const anyError: RetryRule = on(Error, exponential());

/**
 * Decides after a thrown error. Pure.
 * @param spent failures per class before this one, as kept in the record.
 * @param attempt the attempt that failed, from 1.
 */
export function decideRetry(
  error: Error,
  rules: readonly RetryRule[],
  { spent, attempt, maxAttempts }: { spent: Readonly<Record<string, number>>; attempt: number; maxAttempts: number },
): RetryDecision {
  const rule = rules.find(({ errorClass }) => error instanceof errorClass) ?? anyError;
  const failures = (spent[rule.className] ?? 0) + 1;
  if (attempt >= maxAttempts || failures >= rule.max) return { retry: false, className: rule.className };
  return { retry: true, delayMs: rule.backoff(failures), className: rule.className };
}
