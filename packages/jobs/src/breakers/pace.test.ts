import fc from 'fast-check';
import { Pace } from './pace.ts';

const spec = { longestMs: 300_000, random: () => 0.5 };

/** Calls evenly for so many seconds from `from` on. */
function callFor(pace: Pace, { seconds, perSecond, from = 0 }: { seconds: number; perSecond: number; from?: number }) {
  for (let i = 0; i < seconds * perSecond; i++) pace.mayCall(from + (i * 1_000) / perSecond);
  return from + seconds * 1_000;
}

test('what is usual is what was called over the last ten seconds', () => {
  const pace = new Pace(spec);
  const halfway = callFor(pace, { seconds: 20, perSecond: 100 });
  const now = callFor(pace, { seconds: 12, perSecond: 8, from: halfway });

  expect(pace.callsPerSecond(now)).toBeCloseTo(8, 0);
  expect(new Pace(spec).callsPerSecond(0)).toBeUndefined();
});

test('who is held back comes again one after the other, at half of what was usual', () => {
  const pace = new Pace(spec);
  const now = callFor(pace, { seconds: 10, perSecond: 40 });
  pace.opened(now, 0);

  const tickets = Array.from({ length: 300 }, () => pace.ticket(now + 5_000));

  expect(Math.min(...tickets)).toBeGreaterThanOrEqual(now + 5_000);
  const perSecond = tickets.filter((at) => at >= now + 6_000 && at < now + 7_000).length;
  expect(perSecond).toBeGreaterThanOrEqual(18);
  expect(perSecond).toBeLessThanOrEqual(22);
});

test('a process that has called nobody yet goes by what another has called', () => {
  const pace = new Pace(spec);
  pace.opened(0, 20);

  expect(Array.from({ length: 3 }, () => pace.ticket(0))).toEqual([50, 150, 250]);
});

test('however many are held back, all come again in time', () => {
  const pace = new Pace({ longestMs: 10_000 });
  pace.opened(0, 1);
  const tickets = Array.from({ length: 1_000 }, () => pace.ticket(5_000));

  expect(Math.min(...tickets)).toBeGreaterThanOrEqual(5_000);
  expect(Math.max(...tickets)).toBeLessThanOrEqual(17_000);
  expect(tickets.filter((at) => at > 10_000).length).toBeGreaterThan(350);
});

test('after an outage no second has more than one and a half times the usual calls', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 50, maxLength: 400 }),
      (perSecond, gaps) => {
        const pace = new Pace(spec);
        let now = callFor(pace, { seconds: 10, perSecond });
        const usual = pace.callsPerSecond(now) ?? 0;
        pace.opened(now, 0);
        now += 60_000;
        pace.closed(now);
        const begun: number[] = [];
        for (const gap of gaps) {
          now += gap;
          if (pace.mayCall(now)) begun.push(now);
        }

        const peaks = begun.map((at) => begun.filter((other) => other > at - 1_000 && other <= at).length);
        expect(Math.max(...peaks)).toBeLessThanOrEqual(Math.max(1, usual * 1.5));
      },
    ),
  );
});

test('care ends after three times the length of the outage', () => {
  const pace = new Pace(spec);
  const now = callFor(pace, { seconds: 10, perSecond: 2 });
  pace.opened(now, 0);
  pace.closed(now + 1_000);
  const allowed = (at: number) => Array.from({ length: 20 }, () => pace.mayCall(at)).filter(Boolean).length;

  expect(allowed(now + 1_500)).toBeLessThanOrEqual(3);
  expect(allowed(now + 4_500)).toBe(20);
});
