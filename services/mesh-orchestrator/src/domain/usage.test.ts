import { addUsage, monthBefore, monthBounds, noUsage, usageOf } from './usage.ts';

const at = (seconds: number) => new Date(seconds * 1_000);

const mesh = {
  ownerId: 'ann',
  source: { kind: 'url', imageUrl: 'https://pictures.example/duck.png' },
  status: 'completed',
  startedAt: at(10),
  finishedAt: at(12.5),
  result: { artifacts: [{ bytes: 7 }, { bytes: 5 }] },
  reusedFrom: null,
} as unknown as Parameters<typeof usageOf>[0];

test.each([
  ['a completed mesh', mesh, { tasks: 1, completed: 1, seconds: 2.5, bytes: 12 }],
  ['one that was made before', { ...mesh, reusedFrom: 'x' }, { tasks: 1, completed: 1, seconds: 2.5 }],
  ['a failed one', { ...mesh, status: 'failed', result: null }, { tasks: 1, failed: 1, seconds: 2.5 }],
  ['a cancelled one that never began', { ...mesh, status: 'cancelled', startedAt: null }, { tasks: 1, cancelled: 1 }],
  ['a queued one', { ...mesh, status: 'queued', finishedAt: null }, { tasks: 1 }],
] as const)('%s counts for what was done', (_what, one, expected) => {
  expect(usageOf(one as typeof mesh)).toEqual({ ...noUsage, ...expected });
});

test('usage adds up without the dust of fractions', () => {
  const sum = Array.from({ length: 10 }, () => ({ ...noUsage, seconds: 0.1 })).reduce(addUsage, noUsage);

  expect(sum.seconds).toBe(1);
});

test.each([
  ['2026-12', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ['2024-02', '2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
])('%s begins and ends in UTC', (month, from, to) => {
  expect(monthBounds(month)).toEqual({ from: new Date(from), to: new Date(to) });
});

test('the month before January is December', () => {
  expect([monthBefore(new Date('2027-01-01T00:00:00Z')), monthBefore(new Date('2026-03-31T23:00:00Z'))]).toEqual([
    '2026-12',
    '2026-02',
  ]);
});
