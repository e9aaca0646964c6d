import { everyMinute, minutesFrom } from './pool-series.ts';

const from = Date.parse('2026-01-01T12:00:00.000Z');
const point = (minute: number, fields: { hits?: number; ready?: number | null }) => ({
  at: new Date(from + minute * 60_000).toISOString(),
  hits: fields.hits ?? 0,
  misses: 0,
  ready: fields.ready ?? null,
  building: null,
});

test('between two told minutes nothing was counted, and the level is as it was seen last', () => {
  const series = everyMinute([point(1, { hits: 3, ready: 5 }), point(4, { hits: 2 })], from, 6);

  expect(series.hits).toEqual([null, 3, 0, 0, 2, 0]);
  expect(series.ready).toEqual([null, 5, 5, 5, 5, 5]);
  expect(series.building).toEqual([null, null, null, null, null, null]);
});

test('a minute outside of the stretch is left out, and a stretch of which nothing is known stays empty', () => {
  const series = everyMinute([point(-1, { hits: 1, ready: 2 }), point(2, { hits: 1 })], from, 2);

  expect(series.hits).toEqual([null, null]);
  expect(everyMinute([], from, 0).hits).toEqual([]);
});

test('there are as many times as values, a minute apart', () => {
  expect(minutesFrom(from, 2)).toEqual(['2026-01-01T12:00:00.000Z', '2026-01-01T12:01:00.000Z']);
});
