import type { JobRecord } from './record.ts';
import { isMadeIn, type Marked, modelOf, statementsOf } from './statements.ts';

const now = new Date('2030-01-01T00:00:00Z');
const end = (id: string, result: unknown = null, more: Partial<Marked> = {}): Marked => ({
  id,
  filter: () => ({ fence: 1 }),
  update: { $set: { state: 'completed', result } },
  mark: 'settledBy',
  ...more,
});
const idsOf = (items: Marked[]) => statementsOf(items, now).map((statement) => statement.items.map(({ id }) => id));

test('writes that differ in nothing but their record share a statement and its token', () => {
  const items = [end('a'), end('b'), end('c', 7), end('d')];

  const statements = statementsOf(items, now);

  expect(statements.map((statement) => modelOf(statement, 'db.jobs'))).toEqual([
    {
      namespace: 'db.jobs',
      name: 'updateMany',
      filter: { _id: { $in: ['a', 'b', 'd'] }, fence: 1 },
      update: { $set: { state: 'completed', result: null, settledBy: items[0]?.token } },
    },
    {
      namespace: 'db.jobs',
      name: 'updateOne',
      filter: { _id: 'c', fence: 1 },
      update: { $set: { state: 'completed', result: 7, settledBy: items[2]?.token } },
    },
  ]);
  expect(items[2]?.token).not.toBe(items[0]?.token);
});

test.each([
  ['a date and its text', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a number and its text', 1, '1'],
])('%s are not the same', (_, one, other) => {
  expect(idsOf([end('a', { value: one }), end('b', { value: other })])).toEqual([['a'], ['b']]);
});

test('a filter is asked when the write is sent, so that times in it are the same for all', () => {
  const claim = (id: string) => end(id, null, { filter: (at) => ({ nextRunAt: { $lte: at } }) });

  const [statement] = statementsOf([claim('a'), claim('b')], now);

  expect(statement).toMatchObject({ filter: { nextRunAt: { $lte: now } }, items: [{ id: 'a' }, { id: 'b' }] });
});

test('writes of one record never share a statement and stay in their order', () => {
  expect(idsOf([end('a'), end('a'), end('b', 7), end('b'), end('c')])).toEqual([['a'], ['a'], ['b'], ['b', 'c']]);
});

test('a write that leaves no mark stands alone: nobody could read back whether it was made', () => {
  const beat = (id: string): Marked => ({ id, filter: () => ({}), update: { $currentDate: { updatedAt: true } } });

  expect(idsOf([beat('a'), beat('b')])).toEqual([['a'], ['b']]);
  expect(modelOf({ items: [beat('a')], filter: {}, token: 't' }, 'db.jobs')).toMatchObject({
    update: { $currentDate: { updatedAt: true } },
  });
});

test('a write that may have been made keeps its token and shares only with those sent with it', () => {
  const sent = [end('a'), end('b')];
  statementsOf(sent, now);
  const token = sent[0]?.token;

  const statements = statementsOf([end('c'), ...sent], now);

  expect(statements.map(({ items }) => items.map(({ id }) => id))).toEqual([['c'], ['a', 'b']]);
  expect(statements[1]?.token).toBe(token);
  expect(isMadeIn({ settledBy: token } as JobRecord, sent[1] as Marked)).toBe(true);
  expect(isMadeIn({ settledBy: 'another' } as JobRecord, sent[1] as Marked)).toBe(false);
  expect(isMadeIn(undefined, sent[1] as Marked)).toBe(false);
});
