import { alarmOf, defaultPolicies, levelOf, policyFaults } from './pool-policy.ts';

const policy = { ...defaultPolicies.master, min: 2, target: 5, max: 8, low: 2, critical: 1 };

test.each([
  [5, 'healthy'],
  [3, 'healthy'],
  [2, 'low'],
  [1, 'critical'],
  [0, 'critical'],
] as const)('with %d ready the pool is %s', (ready, level) => {
  expect(levelOf(policy, ready)).toBe(level);
});

test('a pool that is full is never low, and one that wants no members lacks none', () => {
  expect(levelOf({ ...policy, target: 2, low: 2 }, 2)).toBe('healthy');
  expect(levelOf({ ...policy, target: 0, min: 0, low: 0, critical: 0 }, 0)).toBe('healthy');
});

test('a pool that was low has recovered when it is full', () => {
  expect(levelOf(policy, 4, 'critical')).toBe('low');
  expect(levelOf(policy, 4, 'low')).toBe('low');
  expect(levelOf(policy, 5, 'low')).toBe('healthy');
});

test.each([
  ['healthy', 'critical', 'healthy'],
  ['low', 'critical', 'low'],
  ['critical', 'low', 'low'],
  ['low', 'healthy', 'healthy'],
] as const)('a paused pool that was %s and is %s is alarmed of as %s', (level, now, alarm) => {
  expect(alarmOf({ policy: { ...policy, paused: true }, level }, now)).toBe(alarm);
  expect(alarmOf({ policy, level }, now)).toBe(now);
});

test('the default policies are without fault', () => {
  expect(Object.values(defaultPolicies).flatMap(policyFaults)).toEqual([]);
});

test('a policy out of order is told field by field', () => {
  expect(policyFaults({ ...policy, min: 6, max: 4, critical: 3 }).map(({ field }) => field)).toEqual([
    'min',
    'target',
    'critical',
  ]);
});
