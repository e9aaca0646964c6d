import { freePlaces } from './places.ts';

const now = new Date('2026-03-01T12:00:00Z');
const slot = (i: number, secondsLeft: number) => ({
  _id: `limit:a#${i}`,
  gate: 'limit:a',
  i,
  jobId: `j${i}`,
  owner: 'o',
  hold: 'attempt' as const,
  until: new Date(now.getTime() + secondsLeft * 1_000),
  token: `t${i}`,
  at: now,
});

test.each([
  ['nobody holds any', [], 3, [0, 1, 2]],
  ['one in the middle is held', [slot(1, 5)], 3, [0, 2]],
  ['one has run out', [slot(0, -1), slot(1, 5)], 2, [0]],
  ['all are held', [slot(0, 5), slot(1, 5)], 2, []],
  ['the limit was lowered and those above it are still held', [slot(0, -1), slot(3, 5), slot(4, 5)], 2, []],
  ['the limit was lowered and one above it is still held', [slot(0, -1), slot(4, 5)], 2, [0]],
  ['the limit was raised', [slot(0, 5), slot(1, 5)], 4, [2, 3]],
  ['the limit is nought', [], 0, []],
])('when %s, the free slots are as many as the limit leaves', (_, rows, max, free) => {
  expect(freePlaces(rows, max, now)).toEqual(free);
});
