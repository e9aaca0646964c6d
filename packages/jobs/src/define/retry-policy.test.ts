import fc from 'fast-check';
import { decideRetry, every, exponential, on } from './retry-policy.ts';

class Throttled extends Error {}
class Limited extends Throttled {}

const state = { spent: {}, attempt: 1, maxAttempts: 20 };

test('exponential delays lie in the upper half of what doubles, up to the cap', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, luck) => {
        const ceilingMs = Math.min(600_000, 1_000 * 2 ** (failures - 1));
        const delayMs = exponential({ random: () => luck })(failures);
        expect(delayMs).toBeGreaterThanOrEqual(Math.floor(ceilingMs / 2));
        expect(delayMs).toBeLessThanOrEqual(ceilingMs);
      },
    ),
  );
});

test('the first rule whose class matches decides, subclasses included', () => {
  const rules = [on(Limited, every(10)), on(Throttled, every(20)), on(Error, every(30))];

  expect(decideRetry(new Limited(), rules, state)).toEqual({ retry: true, delayMs: 10, className: 'Limited' });
  expect(decideRetry(new Throttled(), rules, state)).toEqual({ retry: true, delayMs: 20, className: 'Throttled' });
  expect(decideRetry(new TypeError(), rules, state)).toEqual({ retry: true, delayMs: 30, className: 'Error' });
});

test('an error that no rule names is retried with growing delay', () => {
  const first = decideRetry(new TypeError(), [], state);
  const later = decideRetry(new TypeError(), [], { ...state, spent: { Error: 5 } });

  expect(first).toEqual({ retry: true, className: 'Error', delayMs: expect.any(Number) });
  expect(later.retry && first.retry && later.delayMs > first.delayMs).toBe(true);
});

test('each class counts for itself, and maxAttempts caps the sum', () => {
  const rules = [on(Throttled, (failures) => failures * 100, { max: 3 })];

  expect(
    decideRetry(new Throttled(), rules, { spent: { Throttled: 1, Error: 9 }, attempt: 11, maxAttempts: 20 }),
  ).toEqual({ retry: true, delayMs: 200, className: 'Throttled' });
  expect(decideRetry(new Throttled(), rules, { spent: { Throttled: 2 }, attempt: 3, maxAttempts: 20 })).toEqual({
    retry: false,
    className: 'Throttled',
  });
  expect(decideRetry(new Throttled(), rules, { spent: {}, attempt: 20, maxAttempts: 20 })).toEqual({
    retry: false,
    className: 'Throttled',
  });
});
