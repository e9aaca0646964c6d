import { facts, queue } from './facts-for-tests.ts';
import { figuresOf } from './overview.ts';

const valuesOf = (given: Parameters<typeof facts>[0]) =>
  Object.fromEntries(figuresOf(facts(given)).map(({ key, value, detail }) => [key, [value, detail]]));

test('the six numbers are sums over all services', () => {
  const rates = { enqueued: 9, started: 9, ended: 4 };
  const letter = { service: 'music', fingerprint: 'f', name: 'n', message: 'm', count: 3, lastAt: '' } as const;
  const pool = { type: 'master', status: 'healthy', counts: { ready: 3 } };

  const values = valuesOf({
    queues: [
      queue({ ready: 5, running: 1, later: 2, rates }),
      queue({ service: 'notifications', name: 'notifications.deliver', ready: 1, running: 2, later: 4, rates }),
    ],
    deadLetters: [letter, { ...letter, fingerprint: 'g', count: 1 }],
    pools: [
      { ...pool, metrics: { hits: 7, misses: 1 } },
      { ...pool, type: 'other', metrics: { hits: 0, misses: 2 } },
    ],
    history: { ended: [3, null, 5], failed: [1, 1, null], backlog: [0, 1, 6], unsent: [0, 1], claims: [2, 8] },
  });

  expect(values).toEqual({
    ended: [8, '3 running'],
    failing: [0.25, '2 of 8 in the last hour'],
    waiting: [6, '6 for a later time'],
    dead: [4, 'of 2 kinds'],
    claims: [10, '70 % at once'],
    unsent: [7, ''],
  });
});

test('nothing is shown as nothing: no share of no jobs, no claims without pools, zero where there are none', () => {
  expect(valuesOf({})).toEqual({
    ended: [0, '0 running'],
    failing: [null, '0 of 0 in the last hour'],
    waiting: [0, '0 for a later time'],
    dead: [0, ''],
    claims: [null, ''],
    unsent: [0, ''],
  });
});

test('what is unsent is unknown while notifications is away, not zero', () => {
  expect(valuesOf({ away: ['notifications'] })['unsent']).toEqual([null, '']);
  expect(valuesOf({ away: ['music'] })['unsent']).toEqual([0, '']);
});
