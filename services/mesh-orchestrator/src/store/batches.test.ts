import { randomUUID } from 'node:crypto';
import { afterFile, components } from '@millrace/testkit';
import mongoose from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { type Batch, type BatchItem, inState } from '../domain/batch.ts';
import { batchesIn } from './batches.ts';

const dbName = `batches-${randomUUID().slice(0, 8)}`;
const database = mongoose.createConnection(components().mongodbUri, { dbName });
const batches = batchesIn(database);
beforeAll(async () => {
  await database.asPromise();
  await Promise.all(Object.values(database.models).map((model) => model.createCollection()));
  await database.createCollection('project_batches');
});
afterFile(async () => {
  await database.dropDatabase();
  await database.close();
});

const wish = (pictures: number, projectId = randomUUID()) => ({
  _id: uuidv7(),
  projectId,
  ownerId: 'ann',
  wish: { requestedMode: 'auto', preset: null, parameters: {}, warnings: [], metadata: {}, mayReuse: false } as const,
  heldUntil: new Date(),
  traceId: null,
  images: Array.from({ length: pictures }, (_, place) => ({ id: randomUUID(), name: `${place}.png` })),
});

const commanded: string[] = [];
const command = async ({ jobId }: Batch) => void commanded.push(jobId);

const times = <Result>(count: number, work: (place: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, place) => work(place)));

async function running(pictures: number): Promise<Batch> {
  let batch = await batches.begin(wish(pictures), command);
  for (const item of batch.items) batch = (await batches.start(batch, item, new Date())) ?? batch;
  return batch;
}

const present = async ({ _id }: Batch) => (await batches.find(_id)) as Batch;

test('twenty batches that begin at once for one project are one', async () => {
  const projectId = randomUUID();
  const wishes = Array.from({ length: 20 }, () => wish(2, projectId));

  const begun = await Promise.all(wishes.map((one) => batches.begin(one, command)));

  expect(new Set(begun.map(({ _id }) => _id)).size).toBe(1);
  expect(await database.collection('batches').countDocuments({ projectId })).toBe(1);
});

test('an end of a picture that comes thirty times moves one counter once', async () => {
  const batch = await running(2);
  const [item] = batch.items as [BatchItem];

  const settled = await times(30, () =>
    batches.settle(batch, { ...item, state: 'running' }, 'completed', null, new Date()),
  );

  expect(settled.filter(Boolean)).toHaveLength(1);
  expect(await present(batch)).toMatchObject({ completed: 1, failed: 0, revision: batch.revision + 1 });
});

test('counters equal the items, whoever settles them at once', async () => {
  const batch = await running(6);
  const settleAll = async (place: number) => {
    for (;;) {
      const now = await present(batch);
      const [item] = inState(now, 'running');
      if (!item) return;
      await batches.settle(now, item, place % 2 ? 'failed' : 'completed', null, new Date());
    }
  };

  await times(8, settleAll);

  const { completed, failed, cancelled, items } = await present(batch);
  expect([completed, failed, cancelled]).toEqual(
    (['completed', 'failed', 'cancelled'] as const).map((state) => inState({ items }, state).length),
  );
  expect(completed + failed).toBe(6);
});

test('an end is written once, and what comes after it changes nothing', async () => {
  const batch = await running(1);
  const [item] = batch.items as [BatchItem];
  const settled = (await batches.settle(batch, { ...item, state: 'running' }, 'failed', null, new Date())) ?? batch;

  const ends = await times(10, (place) =>
    batches.finish(settled, { status: 'failed', endedBy: `job ${place}`, at: new Date() }),
  );

  const ended = ends.filter((end) => end !== null);
  expect(ended).toHaveLength(1);
  expect((await present(batch)).endedBy).toBe(ended[0]?.endedBy);
  expect(await batches.requestCancel(batch, new Date())).toBeNull();
});

test('a retry takes up only what has failed, commands once, and waits for nobody else’s batch', async () => {
  const batch = await running(2);
  const [one, two] = batch.items as [BatchItem, BatchItem];
  const half = (await batches.settle(batch, { ...one, state: 'running' }, 'completed', null, new Date())) ?? batch;
  const both = (await batches.settle(half, { ...two, state: 'running' }, 'failed', null, new Date())) ?? half;
  await batches.finish(both, { status: 'partial', endedBy: 'job', at: new Date() });

  const retries = await times(5, () => batches.reopen(batch._id, command));

  expect(new Set(retries.map((retry) => retry?.jobId)).size).toBe(1);
  expect(await present(batch)).toMatchObject({
    status: 'processing',
    round: 2,
    completed: 1,
    failed: 0,
    items: [{ state: 'completed' }, { state: 'waiting', generation: 1 }],
  });
});
