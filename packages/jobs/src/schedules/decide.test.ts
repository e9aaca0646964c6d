import { decide, MAX_CAUGHT_UP } from './decide.ts';
import type { Misfire } from './define-schedule.ts';

const minute = (number: number, seconds = 0) => new Date(Date.UTC(2026, 0, 1, 12, number, seconds));

function after(misfire: Misfire, now: Date, graceMs: number | null = 5_000) {
  const { fire, missed, nextAt, isCut } = decide(
    { cron: '* * * * *', timeZone: 'UTC', misfire, graceMs, nextAt: minute(1) },
    now,
  );
  return { fire: fire.map((tick) => tick.getUTCMinutes()), missed, next: nextAt.getUTCMinutes(), isCut };
}

test.each([
  ['skip', []],
  ['once', [5]],
  ['all', [1, 2, 3, 4, 5]],
] as const)('of five ticks that nobody was there for, `%s` fires %j', (misfire, fire) => {
  expect(after(misfire, minute(5, 30))).toEqual({ fire, missed: 5, next: 6, isCut: false });
});

test.each([
  ['skip', [6]],
  ['once', [6]],
  ['all', [1, 2, 3, 4, 5, 6]],
] as const)('five missed ticks and one on time are %j by `%s`', (misfire, fire) => {
  expect(after(misfire, minute(6, 2))).toEqual({ fire, missed: 5, next: 7, isCut: false });
});

test.each(['skip', 'once', 'all'] as const)('a tick on time is fired by `%s`', (misfire) => {
  expect(after(misfire, minute(1))).toEqual({ fire: [1], missed: 0, next: 2, isCut: false });
  expect(after(misfire, minute(1, 5))).toEqual({ fire: [1], missed: 0, next: 2, isCut: false });
});

test('without a grace of its own a tick may be late by half the time to the next, at most 30 s', () => {
  expect(after('skip', minute(1, 30), null)).toMatchObject({ fire: [1], missed: 0 });
  expect(after('skip', minute(1, 31), null)).toMatchObject({ fire: [], missed: 1 });
});

test('of an outage of two days only the last ticks are caught up, and this is said', () => {
  const { fire, isCut } = after('all', minute(2 * 24 * 60));

  expect([fire.length, isCut]).toEqual([MAX_CAUGHT_UP, true]);
});
