import { setTimeout as delay } from 'node:timers/promises'; // waits: a handler takes its time
import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import type { DeadLetterRow } from '../record/collections.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { connectTo, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { shortTiming, testJob } from '../under-test/test-job.ts';

const LETTERS = 6;

let world: World;
let jobs: Jobs;
let replayed: string[] = [];
let handle: (letter: DeadLetterRow) => Promise<void> = async () => undefined;

beforeEach(async () => {
  world = await jobsWorld();
  replayed = [];
  const options = {
    role: 'api',
    replayEvent: async (letter: DeadLetterRow) => {
      replayed.push(letter.messageId);
      await handle(letter);
    },
  } as const;
  const definitions = [testJob('order.ship', async () => done())];
  jobs = await world.start(definitions, options);
  // Another replica, which would take over from one that has died.
  await world.start(definitions, { ...options, database: await connectTo(world) });
  for (let index = 0; index < LETTERS; index++) await jobs.bury(letter(`e${index}`));
});
afterEach(() => world.end());

const letter = (messageId: string) => ({
  source: 'event' as const,
  reason: 'handler-failed',
  detail: 'the inbox is full',
  exchange: 'EVENTS',
  key: 'events.order.shipped',
  messageId,
  type: 'order.shipped',
  body: Buffer.from('{}'),
});
const over = (id: string) =>
  until(
    async () => {
      const operation = await jobs.operations.find(id);
      return operation.state !== 'running' && operation;
    },
    { withinMs: 30_000, message: 'the operation is over' },
  );

test('a page of letters that takes longer than a lease stays with whoever works on it', async () => {
  handle = () => delay((shortTiming.leaseMs * 3) / LETTERS);

  const { id } = await jobs.operations.replay({ source: 'event' });
  const operation = await over(id);

  expect(operation).toMatchObject({ state: 'completed', done: LETTERS, skipped: 0, failed: 0 });
  expect(replayed.toSorted()).toEqual(Array.from({ length: LETTERS }, (_, index) => `e${index}`));
});

test('letters wait for a bus that is away, and none of them fails by that', async () => {
  let away = 3;
  handle = async () => {
    if (away-- > 0) throw Object.assign(new Error('no connection to NATS'), { code: 'events-unavailable' });
  };

  const operation = await over((await jobs.operations.replay({ source: 'event' })).id);

  expect(operation).toMatchObject({ state: 'completed', done: LETTERS, skipped: 0, failed: 0 });
}, 60_000);

test('a letter that a person has parked or closed before its turn is left alone', async () => {
  const [first, second, ...others] = await world.collections.deadLetters.find({}).sort({ _id: 1 }).toArray();
  handle = async (row) => {
    if (row._id !== first?._id) return;
    await jobs.deadLetters.decide(String(second?._id), 'parked', 'not this one');
    await jobs.deadLetters.decide(String(others[0]?._id), 'resolved', 'nor this one');
  };

  const operation = await over((await jobs.operations.replay({ source: 'event' })).id);

  expect(operation).toMatchObject({ done: LETTERS - 2, skipped: 2, failed: 0 });
  expect(replayed).not.toContain(second?.messageId);
  expect(await world.collections.deadLetters.findOne({ _id: String(second?._id) })).toMatchObject({ state: 'parked' });
});
