import { listNames } from './list-name.ts';
import { columnsOf, rowOf } from './list-table.ts';

/** What a row tells. */
const told = (row: ReturnType<typeof rowOf>) =>
  Object.fromEntries(Object.entries(row).filter(([, text]) => text !== ''));

test('a row tells tags by spaces, the last error, numbers as they are and nothing for what is not there', () => {
  const row = rowOf('jobs', {
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

  expect(told(row)).toEqual({
    service: 'campaign',
    id: '0198',
    attempt: '2',
    waitMs: '0',
    tags: 'night big',
    errorCode: 'campaign-missing',
    errorMessage: 'it does not exist',
  });
});

test('a row of a mesh tells how long it took and why it failed, one of a delivery its attempts and the last answer', () => {
  const mesh = rowOf('meshes', { id: 'm', usage: { durationMs: 40 }, error: { code: 'too-large', message: 'no' } });
  const attempts = [{ answer: '451 later' }, { answer: '250 ok' }];

  expect(told(mesh)).toEqual({ id: 'm', durationMs: '40', errorCode: 'too-large', errorMessage: 'no' });
  expect(told(rowOf('deliveries', { id: 'd', attempts, body: 'private' }))).toEqual({
    id: 'd',
    attempts: '2',
    lastAnswer: '250 ok',
  });
});

test.each(listNames)('every row of %s has all columns in the order of the head', (list) => {
  expect(Object.keys(rowOf(list, {}))).toEqual(columnsOf(list));
});
