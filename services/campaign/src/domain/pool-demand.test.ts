import { recommendedSize } from './pool-demand.ts';

const now = new Date('2026-01-01T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const bounds = { min: 0, max: 100 };
const steady = Array.from({ length: 600 }, (_, minute) => ({ at: minutesAgo(minute), asked: 2 }));

test('without demand the least that the policy allows is recommended', () => {
  expect(recommendedSize([], { refillMs: 5_000, now, bounds: { min: 2, max: 6 } })).toMatchObject({ size: 2 });
});

test('a steady demand is covered with half as much again', () => {
  expect(recommendedSize(steady, { refillMs: 5_000, now, bounds })).toMatchObject({ size: 3 });
  expect(recommendedSize(steady, { refillMs: 600_000, now, bounds }).size).toBeGreaterThanOrEqual(29);
});

test('a peak that has passed is remembered', () => {
  const peak = [{ at: minutesAgo(120), asked: 40 }];
  expect(recommendedSize(peak, { refillMs: 5_000, now, bounds }).size).toBe(40);
});

test('a peak over two minutes counts whole when refilling takes two', () => {
  const peak = [
    { at: minutesAgo(31), asked: 10 },
    { at: minutesAgo(30), asked: 10 },
  ];
  expect(recommendedSize(peak, { refillMs: 120_000, now, bounds }).size).toBe(20);
  expect(recommendedSize(peak, { refillMs: 5_000, now, bounds }).size).toBe(10);
});

test('the reason names the bound that it ran into', () => {
  const { size, why } = recommendedSize([{ at: now, asked: 40 }], { refillMs: 5_000, now, bounds: { min: 0, max: 6 } });
  expect({ size, why }).toEqual({
    size: 6,
    why: expect.stringContaining('40 is above the most that the policy allows'),
  });
});
