import { poolMetrics } from './pool-metrics.ts';
import { defaultPolicies } from './pool-policy.ts';

const now = new Date('2026-01-01T12:00:00Z');
const given = { policy: defaultPolicies.master, now };

test('without a minute nothing was measured', () => {
  expect(poolMetrics([], given)).toMatchObject({
    hits: 0,
    misses: 0,
    hitRate: null,
    exhaustionSeconds: 0,
    claimMs: { p50: null, p95: null, p99: null },
    buildMs: null,
    refillLagMs: null,
    wasted: 0,
    recommended: { size: defaultPolicies.master.min },
  });
});

test('minutes are added up, and quantiles are bounds that are never too small', () => {
  const minutes = [
    { at: now, hits: 90, misses: 10, builds: 2, buildMs: 600, exhaustedMs: 2_500, claims: { b5: 40, b10: 45 } },
    {
      at: now,
      hits: 10,
      misses: 0,
      builds: 1,
      buildMs: 300,
      refills: 1,
      refillMs: 900,
      wasted: 1,
      claims: { b10: 14, b250: 1 },
    },
  ];
  expect(poolMetrics(minutes, given)).toMatchObject({
    hits: 100,
    misses: 10,
    hitRate: 100 / 110,
    exhaustionSeconds: 3,
    claimMs: { p50: 10, p95: 10, p99: 10 },
    builds: 3,
    buildMs: 300,
    refillLagMs: 900,
    wasted: 1,
  });
});
