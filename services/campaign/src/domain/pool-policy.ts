import type { PoolType } from './pool.ts';

/** How a pool is kept. */
export type PoolPolicy = {
  /** The pool never plans for fewer. */
  readonly min: number;
  /** So many are kept ready. */
  readonly target: number;
  /** There are never more, in whatever state. */
  readonly max: number;
  /** At so many ready ones or fewer the pool is low. */
  readonly low: number;
  /** At so many or fewer it is critical. */
  readonly critical: number;
  /** A member that nobody has claimed for so long is removed and built anew. */
  readonly ttlSeconds: number;
  /** What makes it refill: each claim, the clock, or both. */
  readonly refill: 'on-claim' | 'schedule' | 'both';
  /** What a new template does to ready members: `recreate` replaces them at once, `on-replenish` when the pool refills anyway. */
  readonly update: 'recreate' | 'on-replenish';
  /** Builds nothing more; what is ready can be claimed. */
  readonly paused: boolean;
};

const day = 86_400;

/** Of a person's own pool there is none until an operator wants it: target 0. */
export const defaultPolicies: Readonly<Record<PoolType, PoolPolicy>> = {
  master: {
    min: 2,
    target: 3,
    max: 6,
    low: 1,
    critical: 0,
    ttlSeconds: 30 * day,
    refill: 'both',
    update: 'recreate',
    paused: false,
  },
  user: {
    min: 0,
    target: 0,
    max: 1,
    low: 0,
    critical: 0,
    ttlSeconds: 7 * day,
    refill: 'schedule',
    update: 'on-replenish',
    paused: false,
  },
};

/** The same policy for another target: its bounds and thresholds give way. */
export const withTarget = (policy: PoolPolicy, target: number): PoolPolicy => ({
  ...policy,
  target,
  min: Math.min(policy.min, target),
  max: Math.max(policy.max, target * 2),
  low: Math.min(policy.low, target),
  critical: Math.min(policy.critical, target),
});

/** Of these, some must not be more than others. @returns what is wrong, field by field; empty when nothing is. */
export function policyFaults({ min, target, max, low, critical }: PoolPolicy): { field: string; message: string }[] {
  const atMost = (field: string, value: number, other: string, bound: number) =>
    value > bound ? [{ field, message: `is ${value}, but must be at most ${other}, which is ${bound}` }] : [];
  return [
    ...atMost('min', min, 'target', target),
    ...atMost('target', target, 'max', max),
    ...atMost('critical', critical, 'low', low),
    ...atMost('low', low, 'target', target),
  ];
}

export type PoolLevel = 'healthy' | 'low' | 'critical';

/**
 * How a pool stands. A pool that has what it wants lacks nothing. One that was low has recovered only when it is full again, so that
 * an alarm does not come and go with every claim.
 */
export function levelOf(
  { low, critical, target }: PoolPolicy,
  ready: number,
  before: PoolLevel = 'healthy',
): PoolLevel {
  if (ready >= target) return 'healthy';
  if (ready <= critical) return 'critical';
  return ready <= low || before !== 'healthy' ? 'low' : 'healthy';
}

const severity: Readonly<Record<PoolLevel, number>> = { healthy: 0, low: 1, critical: 2 };

/** The level by which to alarm. Whoever has paused a pool knows that it runs out: it gets no worse than it was, but may recover. */
export function alarmOf(
  { policy, level: before }: { policy: PoolPolicy; level: PoolLevel },
  now: PoolLevel,
): PoolLevel {
  return policy.paused && severity[now] > severity[before] ? before : now;
}
