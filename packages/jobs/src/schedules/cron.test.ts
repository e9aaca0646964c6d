import fc from 'fast-check';
import { cronErrors, nextTick, nextTicks, ticksThrough } from './cron.ts';

const at = (iso: string) => new Date(iso);
const iso = (dates: readonly Date[]) => dates.map((date) => date.toISOString().replace('.000Z', 'Z'));

test.each([
  [
    'a daily time in the gap runs at its end',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-28T12:00:00Z',
    ['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
  ],
  [
    'a daily time in the overlap runs at its first hour',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-24T12:00:00Z',
    ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
  ],
  [
    'every half hour runs through the gap',
    '*/30 * * * *',
    'Europe/Berlin',
    '2026-03-29T00:15:00Z',
    ['2026-03-29T00:30:00Z', '2026-03-29T01:00:00Z', '2026-03-29T01:30:00Z'],
  ],
  [
    'every half hour runs through the overlap',
    '*/30 * * * *',
    'Europe/Berlin',
    '2026-10-24T23:45:00Z',
    [
      '2026-10-25T00:00:00Z',
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:00:00Z',
      '2026-10-25T01:30:00Z',
      '2026-10-25T02:00:00Z',
    ],
  ],
  [
    'every hour runs through the overlap',
    '0 * * * *',
    'Europe/Berlin',
    '2026-10-24T22:45:00Z',
    ['2026-10-24T23:00:00Z', '2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z', '2026-10-25T02:00:00Z'],
  ],
  [
    'a daily time in the gap runs at its end',
    '30 2 * * *',
    'America/New_York',
    '2026-03-07T12:00:00Z',
    ['2026-03-08T07:00:00Z', '2026-03-09T06:30:00Z'],
  ],
  [
    'a daily time in the overlap runs at its first hour',
    '30 1 * * *',
    'America/New_York',
    '2026-10-31T12:00:00Z',
    ['2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'],
  ],
  [
    'every half hour runs through the overlap',
    '*/30 * * * *',
    'America/New_York',
    '2026-11-01T04:45:00Z',
    ['2026-11-01T05:00:00Z', '2026-11-01T05:30:00Z', '2026-11-01T06:00:00Z', '2026-11-01T06:30:00Z'],
  ],
  [
    'two times that the gap makes one run once',
    '0 2,3 * * *',
    'America/New_York',
    '2026-03-07T12:00:00Z',
    ['2026-03-08T07:00:00Z', '2026-03-09T06:00:00Z', '2026-03-09T07:00:00Z'],
  ],
  [
    'a leap day is waited for',
    '0 0 29 2 *',
    'UTC',
    '2026-01-01T00:00:00Z',
    ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z'],
  ],
])('%s (%s in %s)', (_title, cron, timeZone, from, expected) => {
  expect(iso(nextTicks({ cron, timeZone }, at(from), expected.length))).toEqual(expected);
});

test.each(['Europe/Berlin', 'America/New_York'])(
  'a daily job at 02:30 runs once on each local day of %s',
  (timeZone) => {
    const days = nextTicks({ cron: '30 2 * * *', timeZone }, at('2026-01-01T12:00:00Z'), 365).map((tick) =>
      new Intl.DateTimeFormat('en-CA', { timeZone }).format(tick),
    );

    expect(new Set(days).size).toBe(365);
  },
);

test('walked tick by tick or asked for at once, the ticks are the same', () => {
  const rules = ['30 2 * * *', '*/17 * * * *', '0 */2 * * *', '15 1-3 * * 0'].flatMap((cron) =>
    ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].map((timeZone) => ({ cron, timeZone })),
  );
  const anyTime = fc.date({ min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z'), noInvalidDate: true });
  fc.assert(
    fc.property(fc.constantFrom(...rules), anyTime, (rule, from) => {
      const ticks = nextTicks(rule, from, 12);
      const walked = ticks.slice(1).map((_, index) => nextTick(rule, ticks[index] as Date));
      expect(walked).toEqual(ticks.slice(1));
      expect(ticks.every((tick, index) => index === 0 || tick > (ticks[index - 1] as Date))).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('of a long time only the latest ticks are given, and found without walking all of it', () => {
  const everySecond = { cron: '* * * * * *', timeZone: 'UTC' };

  const short = ticksThrough(everySecond, at('2026-01-01T00:00:00Z'), at('2026-01-01T00:00:02.500Z'), 5);
  const long = ticksThrough(everySecond, at('2025-01-01T00:00:00Z'), at('2026-01-01T00:00:02.500Z'), 3);

  expect([short.isCut, iso(short.ticks)]).toEqual([
    false,
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'],
  ]);
  expect([long.isCut, iso(long.ticks)]).toEqual([
    true,
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'],
  ]);
});

test.each([
  ['* * * *', 'UTC', 'cron'],
  ['* * * * * * *', 'UTC', 'cron'],
  ['61 * * * *', 'UTC', 'cron'],
  ['@daily', 'UTC', 'cron'],
  ['2026-01-01T00:00:00Z', 'UTC', 'cron'],
  ['0 0 30 2 *', 'UTC', 'cron'],
  ['', 'UTC', 'cron'],
  ['* * * * *', 'Mars/Olympus', 'timeZone'],
  ['* * * * *', '', 'timeZone'],
])('the rule %j in zone %j is refused for its %s', (cron, timeZone, field) => {
  expect(cronErrors({ cron, timeZone })).toMatchObject([{ field }]);
});

test.each(['*/5 * * * *', '0 3 * * *', '* * * * * *', '0 0 1 1 *', '0 9 * * MON-FRI'])(
  'the rule %j is taken',
  (cron) => {
    expect(cronErrors({ cron, timeZone: 'Europe/Berlin' })).toEqual([]);
  },
);
