import { randomUUID } from 'node:crypto';
import type { DeadLetterRow } from '../record/collections.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { ledgerOf } from './ledger.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const letter = (type: string, change: Partial<DeadLetterRow> = {}): DeadLetterRow => ({
  _id: randomUUID(),
  source: 'message',
  reason: 'record-missing',
  detail: 'no record',
  exchange: '',
  key: '',
  messageId: '',
  type,
  body: '{}',
  encoding: 'utf8',
  truncated: false,
  fingerprint: type,
  state: 'open',
  times: 1,
  at: new Date(),
  lastAt: new Date(),
  ...change,
});
const lettersOf = (count: number, type: string) => Array.from({ length: count }, () => letter(type));

test('messages without a record count for the job that they name, at most a thousand each', async () => {
  await world.collections.deadLetters.insertMany([
    ...lettersOf(1_100, 'order.ship@1'),
    ...lettersOf(2, 'order.pack@2'),
    ...lettersOf(1, 'order.pack'),
    ...lettersOf(4, 'order.pack-again@1'),
    letter('order.pack@1', { state: 'resolved' }),
    letter('order.pack@1', { reason: 'payload-invalid' }),
  ]);

  const items = await ledgerOf(world.collections, ['order.ship', 'order.pack', 'order.bill']);

  expect(items.map(({ name, imbalance }) => [name, imbalance])).toEqual([
    ['order.ship', 1_000],
    ['order.pack', 3],
    ['order.bill', 0],
  ]);
});
