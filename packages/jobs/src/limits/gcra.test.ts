import fc from 'fast-check';
import { grantStarts, nextStartMs, type Rate, spent } from './gcra.ts';

const rates = fc
  .record({
    max: fc.integer({ min: 1, max: 60 }),
    perMs: fc.integer({ min: 1, max: 5_000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ max, perMs, share }): Rate => ({ max, perMs, burst: 1 + Math.floor(share * (max - 1)) }));
const requests = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 3_000 }),
    wanted: fc.integer({ min: 1, max: 80 }),
    aheadMs: fc.integer({ min: 0, max: 100 }),
  }),
  { maxLength: 60 },
);
const BEGIN_MS = 1_764_000_000_000;

test('no span of time sees more starts than the rate allows, whatever is asked for when', () => {
  fc.assert(
    fc.property(rates, requests, (rate, asked) => {
      const starts = startsOf(rate, asked);

      for (const first of starts) {
        const inSpan = starts.filter((at) => at >= first && at < first + rate.perMs);
        expect(inSpan.length).toBeLessThanOrEqual(rate.max);
      }
    }),
  );
});

test('under constant demand a rate gives all that it promises', () => {
  const rate = { max: 50, perMs: 1_000, burst: 1 };
  const starts = startsOf(
    rate,
    Array.from({ length: 10_000 }, () => ({ afterMs: 1, wanted: 1, aheadMs: 0 })),
  );

  expect(starts.length).toBeGreaterThanOrEqual(475);
  expect(starts.length).toBeLessThanOrEqual(501);
});

test.each([
  [{ max: 5, perMs: 1_000, burst: 1 }, 9, [0]],
  [{ max: 5, perMs: 1_000, burst: 3 }, 9, [0, 0, 0]],
  [{ max: 5, perMs: 1_000, burst: 5 }, 9, [0, 0, 0, 0, 0]],
])('%j lets %i through at once as %j', (rate, wanted, offsets) => {
  const { at, freeAtMs } = grantStarts(rate, 0, BEGIN_MS, wanted);

  expect(at.map((time) => time - BEGIN_MS)).toEqual(offsets);
  expect(spent(rate, freeAtMs, BEGIN_MS)).toBe(rate.burst);
  expect(nextStartMs(rate, freeAtMs, BEGIN_MS) - BEGIN_MS).toBeCloseTo(1_000 / (rate.max - rate.burst + 1), 2);
});

test('starts are promised ahead of time, each at its own', () => {
  const { at } = grantStarts({ max: 100, perMs: 1_000, burst: 1 }, 0, BEGIN_MS, 99, BEGIN_MS + 35);

  expect(at.map((time) => time - BEGIN_MS)).toEqual([0, 10, 20, 30]);
});

test('a gate that has rested has nothing spent', () => {
  expect(spent({ max: 3, perMs: 10, burst: 2 }, BEGIN_MS - 1, BEGIN_MS)).toBe(0);
});

function startsOf(rate: Rate, asked: readonly { afterMs: number; wanted: number; aheadMs: number }[]): number[] {
  const starts: number[] = [];
  let nowMs = BEGIN_MS;
  let freeAtMs = 0;
  for (const { afterMs, wanted, aheadMs } of asked) {
    nowMs += afterMs;
    const grants = grantStarts(rate, freeAtMs, nowMs, wanted, nowMs + aheadMs);
    freeAtMs = grants.freeAtMs;
    starts.push(...grants.at);
  }
  return starts;
}
