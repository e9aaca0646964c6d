import { randomUUID } from 'node:crypto';
import { components } from '@millrace/testkit';
import mongoose from 'mongoose';
import { tcpProxy } from '../under-test/tcp-proxy.ts';
import { ignoreDuplicates, insertFresh } from './insert-fresh.ts';
import { isOutage } from './outage.ts';

test('an insert that the database never got is an outage, not a row that is there', async () => {
  const proxy = await tcpProxy(components().mongodbUri);
  const options = { dbName: `fresh-${randomUUID().slice(0, 8)}`, serverSelectionTimeoutMS: 500 };
  const database = await mongoose.createConnection(proxy.url, options).asPromise();
  const rows = database.collection<{ _id: string }>('rows');
  await rows.insertMany([{ _id: 'first' }]);
  const insert = (fresh: { _id: string }[]) => rows.insertMany(fresh, { ordered: false });

  const known = await insertFresh([{ _id: 'first' }, { _id: 'second' }], insert);
  proxy.cut();
  const lost = await insertFresh([{ _id: 'third' }], insert).catch((error: unknown) => error);
  const unheard = await rows.insertMany([{ _id: 'fourth' }], { ordered: false }).catch((error: unknown) => error);
  proxy.restore();
  await database.dropDatabase();
  await database.close();
  await proxy.end();

  expect(known).toEqual([false, true]);
  expect([isOutage(lost), isOutage(unheard)]).toEqual([true, true]);
  expect(() => ignoreDuplicates(unheard)).toThrow();
});
