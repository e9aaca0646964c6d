import { storeForTests } from './store-for-tests.ts';

test('a minute is kept for ten days, so that three days stand beside the same ones of the week before', async () => {
  const { store, database } = await storeForTests();

  store.minutes.add('master', 'hits');
  await store.minutes.flush();

  const [minute] = await store.minutes.since('master', new Date(0));
  const indexes = await database.collection('pool_minutes').indexes();
  expect((minute?.keptUntil.getTime() ?? 0) - (minute?.at.getTime() ?? 0)).toBe(10 * 86_400_000);
  expect(indexes).toContainEqual(expect.objectContaining({ key: { keptUntil: 1 }, expireAfterSeconds: 0 }));
});

test('minutes between two times are told, both included', async () => {
  const { store, database } = await storeForTests();
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute));
  const rows = [0, 1, 2, 3].map((minute) => ({ _id: `${minute}`, type: 'master', at: at(minute) }));
  await database.collection<{ _id: string }>('pool_minutes').insertMany(rows);

  expect((await store.minutes.since('master', at(1), at(2))).map(({ _id }) => _id)).toEqual(['1', '2']);
  expect((await store.minutes.since('master', at(2))).map(({ _id }) => _id)).toEqual(['2', '3']);
});
