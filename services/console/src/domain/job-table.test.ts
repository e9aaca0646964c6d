import { jobColumns, jobRow } from './job-table.ts';

test('a row tells tags by spaces, the last error, numbers as they are and nothing for what is not there', () => {
  const row = jobRow({
    service: 'campaign',
    id: '0198',
    attempt: 2,
    waitMs: 0,
    runMs: null,
    tags: ['night', 'big'],
    errors: [
      { code: 'first', message: 'once' },
      { code: 'campaign-missing', message: 'it does not exist' },
    ],
    payload: { secret: 'not in a table' },
  });

  expect(Object.keys(row)).toEqual([...jobColumns]);
  expect(Object.fromEntries(Object.entries(row).filter(([, text]) => text !== ''))).toEqual({
    service: 'campaign',
    id: '0198',
    attempt: '2',
    waitMs: '0',
    tags: 'night big',
    errorCode: 'campaign-missing',
    errorMessage: 'it does not exist',
  });
});
