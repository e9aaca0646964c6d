import { PageSize } from './page-size.ts';

const after = (...pages: [items: number, ms: number][]) => {
  const size = new PageSize();
  for (const [items, ms] of pages) size.took('op', items, ms);
  return size.of('op');
};

test.each<[what: string, pages: [number, number][], next: number]>([
  ['at first', [], 100],
  ['after a page that took as long as wanted', [[100, 200]], 100],
  ['after a slow page', [[100, 400]], 50],
  ['after a quick page at most twice as many', [[100, 1]], 200],
  [
    'after quick pages at most',
    [
      [100, 1],
      [200, 1],
      [400, 1],
      [500, 1],
    ],
    500,
  ],
  ['after a page that took very long at least', [[100, 600_000]], 10],
])('a page of an operation has %s', (_, pages, next) => {
  expect(after(...pages)).toBe(next);
});

test('each operation has its own pace, and none after its end', () => {
  const size = new PageSize();
  size.took('slow', 100, 1_000);

  expect([size.of('slow'), size.of('other')]).toEqual([20, 100]);
  size.forget('slow');
  expect(size.of('slow')).toBe(100);
});
