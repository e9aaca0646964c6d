import { randomUUID } from 'node:crypto';
import { afterFile, components } from '@millrace/testkit';
import fc from 'fast-check';
import mongoose from 'mongoose';
import { paging } from './paging.ts';

type Row = { _id: string; at: Date; rank: number };

const order = [
  ['at', -1],
  ['rank', 1],
  ['_id', 1],
] as const;
const list = paging('rows', order);

async function collectionOf(rows: Row[]) {
  const connection = await mongoose
    .createConnection(components().mongodbUri, { dbName: `kit-${randomUUID().slice(0, 8)}` })
    .asPromise();
  afterFile(() => connection.close());
  const collection = connection.collection<Row>('rows');
  await collection.insertMany(rows);
  return collection;
}

test('pages follow each other without gap or repetition, while rows come and go', async () => {
  const rows = Array.from({ length: 57 }, (_, index) => ({
    _id: `r${index}`,
    at: new Date(index % 5),
    rank: index % 3,
  }));
  const collection = await collectionOf(rows);
  const read = async (cursor: string | undefined) =>
    list.page(await collection.find(list.after(cursor)).sort(list.sort).limit(11).toArray(), 10, ({ _id }) => _id);

  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    seen.push(...page.items);
    cursor = page.nextCursor ?? undefined;
    await collection.deleteOne({ _id: page.items[0] ?? '' });
    await collection.insertOne({ _id: `new-${seen.length}`, at: new Date(99), rank: 0 });
  } while (cursor);

  expect(seen).toHaveLength(57);
  expect(new Set(seen)).toEqual(new Set(rows.map(({ _id }) => _id)));
});

test('a list that was read whole has pages, too, in its order and without gap while rows come and go', () => {
  let rows: Row[] = Array.from({ length: 23 }, (_, index) => ({
    _id: `r${index}`,
    at: new Date(index % 5),
    rank: index % 3,
  }));
  const whole = list.pageOfAll(rows, { limit: 1_000 });

  const seen: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = list.pageOfAll(rows.toReversed(), { limit: 4, cursor });
    seen.push(...page.items);
    cursor = page.nextCursor ?? undefined;
    rows = [...rows.filter((row) => row !== page.items.at(-1)), { _id: `n${seen.length}`, at: new Date(99), rank: 0 }];
  } while (cursor);

  expect(whole.nextCursor).toBeNull();
  expect(seen).toEqual(whole.items);
});

test('a cursor gives back the keys that it was made of', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), fc.date({ noInvalidDate: true }), (_id, rank, at) => {
      expect(list.keysOf(list.cursorOf({ _id, rank, at }))).toEqual([at, rank, _id]);
    }),
  );
});

test('whatever is no cursor of this list is refused as invalid input', () => {
  const stranger = paging('others', order).cursorOf({ at: new Date(0), rank: 1, _id: 'x' });
  const reordered = paging('rows', [['_id', 1]]).cursorOf({ _id: 'x' });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.constantFrom(stranger, reordered)), (cursor) => {
      expect(() => list.after(cursor)).toThrow(expect.objectContaining({ code: 'validation-failed', status: 422 }));
    }),
  );
});
