import { digestEnd, quietUntil } from './zoned-time.ts';

const night = { from: '22:00', to: '07:00' };
const until = (quiet: { from: string; to: string }, zone: string, now: string) =>
  quietUntil(quiet, zone, new Date(now))?.toISOString() ?? null;

describe('quiet hours', () => {
  it.each([
    ['begin at their first minute', 'Europe/Berlin', '2026-11-28T21:00:00Z', '2026-11-29T06:00:00.000Z'],
    ['are over at their last', 'Europe/Berlin', '2026-11-29T06:00:00Z', null],
    ['go past midnight', 'Europe/Berlin', '2026-11-29T00:30:00Z', '2026-11-29T06:00:00.000Z'],
    ['let the day through', 'Europe/Berlin', '2026-11-29T12:00:00Z', null],
    ['go by the person’s clock', 'Asia/Kolkata', '2026-11-28T16:30:00Z', '2026-11-29T01:30:00.000Z'],
    ['hold where the offset is three quarters', 'Asia/Kathmandu', '2026-11-28T16:15:00Z', '2026-11-29T01:15:00.000Z'],
    ['are an hour shorter when spring comes', 'Europe/Berlin', '2026-03-28T21:30:00Z', '2026-03-29T05:00:00.000Z'],
    ['are an hour longer when autumn comes', 'Europe/Berlin', '2026-10-24T20:30:00Z', '2026-10-25T06:00:00.000Z'],
    [
      'hold on the other side of the date line',
      'Pacific/Kiritimati',
      '2026-11-28T08:00:00Z',
      '2026-11-28T17:00:00.000Z',
    ],
  ])('%s', (_, zone, now, end) => {
    expect(until(night, zone, now)).toBe(end);
  });

  it('end after the gap when their end is skipped by the clock', () => {
    const end = until({ from: '01:00', to: '02:30' }, 'Europe/Berlin', '2026-03-29T00:30:00Z');

    expect(end).toBe('2026-03-29T01:30:00.000Z');
  });

  it('end at the second passing when the first is over', () => {
    const short = { from: '00:30', to: '01:30' };

    // 01:10 comes twice that night in New York: at 05:10 and at 06:10 in UTC.
    expect(until(short, 'America/New_York', '2026-11-01T05:10:00Z')).toBe('2026-11-01T05:30:00.000Z');
    expect(until(short, 'America/New_York', '2026-11-01T06:10:00Z')).toBe('2026-11-01T06:30:00.000Z');
  });

  it('are none at all without a span', () => {
    expect(quietUntil(null, 'UTC', new Date())).toBeNull();
    expect(until({ from: '08:00', to: '08:00' }, 'UTC', '2026-11-28T08:00:00Z')).toBeNull();
  });

  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/St_Johns'])(
    'always end in the future, at every quarter of an hour around the changes of the clock in %s',
    (zone) => {
      const moments = changes.flatMap((day) => quarters(Date.parse(`${day}T00:00:00Z`) - 86_400_000));
      const nights = ['01:45', '02:15', '02:30', '07:00'].map((to) => ({ from: '22:00', to }));

      const wrong = moments.filter((now) =>
        nights.some((quiet) => (quietUntil(quiet, zone, now) ?? new Date(8.64e15)) <= now),
      );

      expect(moments).toHaveLength(1_728);
      expect(wrong).toEqual([]);
    },
  );
});

const changes = ['2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01'];
const quarters = (start: number) => Array.from({ length: 288 }, (_, index) => new Date(start + index * 900_000));

const end = (frequency: 'hourly' | 'daily', zone: string, now: string, dailyAt = '08:00') =>
  digestEnd(frequency, { dailyAt, timeZone: zone }, new Date(now)).toISOString();

describe('the end of a digest', () => {
  it.each([
    ['hourly', 'UTC', '2026-11-28T10:59:59.999Z', '2026-11-28T11:00:00.000Z'],
    ['hourly', 'UTC', '2026-11-28T11:00:00Z', '2026-11-28T12:00:00.000Z'],
    ['hourly', 'Asia/Kathmandu', '2026-11-28T10:20:00Z', '2026-11-28T11:15:00.000Z'],
    ['hourly', 'Europe/Berlin', '2026-03-29T00:30:00Z', '2026-03-29T01:00:00.000Z'],
    ['hourly', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T01:00:00.000Z'],
    ['hourly', 'Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25T02:00:00.000Z'],
    ['daily', 'Europe/Berlin', '2026-11-28T06:59:00Z', '2026-11-28T07:00:00.000Z'],
    ['daily', 'Europe/Berlin', '2026-11-28T07:00:00Z', '2026-11-29T07:00:00.000Z'],
    ['daily', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T06:00:00.000Z'],
    ['daily', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T07:00:00.000Z'],
    ['daily', 'Pacific/Auckland', '2026-11-28T18:59:00Z', '2026-11-28T19:00:00.000Z'],
  ] as const)('%s in %s after %s is %s', (frequency, zone, now, expected) => {
    expect(end(frequency, zone, now)).toBe(expected);
  });

  it('comes after the gap when the day has no such time, and once when it has it twice', () => {
    expect(end('daily', 'Europe/Berlin', '2026-03-28T12:00:00Z', '02:30')).toBe('2026-03-29T01:30:00.000Z');
    expect(end('daily', 'Europe/Berlin', '2026-10-24T12:00:00Z', '02:30')).toBe('2026-10-25T00:30:00.000Z');
    expect(end('daily', 'Europe/Berlin', '2026-10-25T00:30:00Z', '02:30')).toBe('2026-10-26T01:30:00.000Z');
  });
});
