import { partialDate } from './partial-date.ts';

test.each([
  ['1973-03-01', '1973-03-01', 'day'],
  ['1973-03', '1973-03', 'month'],
  ['1973', '1973', 'year'],
  ['2024-02-29', '2024-02-29', 'day'],
  ['2023-02-29', '2023-02', 'month'],
  ['1973-13-40', '1973', 'year'],
  ['1973-00', '1973', 'year'],
  ['', null, null],
  ['0000', null, null],
  ['soon', null, null],
  [null, null, null],
  [undefined, null, null],
])('%s is known as %s, by %s', (text, date, datePrecision) => {
  expect(partialDate(text)).toEqual({ date, datePrecision });
});
