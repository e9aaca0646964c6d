import { deservesAnotherRun } from './run-jest.ts';

const counts = (passed: number, failed: number) => ({ passed, failed, skipped: 0 });
const redFiles = (count: number) => Array.from({ length: count }, () => ({ path: '/a.test.ts', counts: counts(1, 1) }));

test('a few red files of a larger run get another one, many are no accident', () => {
  const runs = [0, 1, 3, 4].map((count) => ({ all: counts(100, count), red: redFiles(count) }));

  expect(runs.map(deservesAnotherRun)).toEqual([false, true, true, false]);
});

test('a file that is red in a run of its own is red', () => {
  expect(deservesAnotherRun({ all: counts(1, 1), red: redFiles(1) })).toBe(false);
});
