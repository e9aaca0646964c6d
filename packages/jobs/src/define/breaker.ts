/** When calls of a dependency are stopped for the whole cluster, and when one may try again. */
export type Breaker = {
  readonly name: string;
  readonly failures: number;
  readonly withinMs: number;
  readonly openMs: number;
  readonly maxOpenMs: number;
  isFailure(error: Error): boolean;
};

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * A breaker for a dependency, the same in every process by its name.
 * @param name lower case letters, digits, `.`, `_` and `-`, at most 64.
 * @param rule opens after `failures` (5) within `withinMs` (60 s) for `openMs` (30 s), doubled by each probe that fails, up to
 *   `maxOpenMs` (10 × openMs). `isFailure` (every error) says which errors speak against the dependency: all others prove that it answers.
 * @throws TypeError for a wrong name or a number that is not positive.
 */
export function breaker(
  name: string,
  rule: {
    failures?: number;
    withinMs?: number;
    openMs?: number;
    maxOpenMs?: number;
    isFailure?(error: Error): boolean;
  } = {},
): Breaker {
  if (!NAME.test(name))
    throw new TypeError(`breaker ${JSON.stringify(name)}: a name has lower case letters, digits, . _ - and at most 64`);
  const { failures = 5, withinMs = 60_000, openMs = 30_000, maxOpenMs = openMs * 10, isFailure = () => true } = rule;
  for (const [field, value] of Object.entries({ failures, withinMs, openMs, maxOpenMs }))
    if (!(value > 0)) throw new TypeError(`breaker ${name}: ${field} is ${value}, it must be more than 0`);
  return { name, failures, withinMs, openMs, maxOpenMs: Math.max(openMs, maxOpenMs), isFailure };
}
