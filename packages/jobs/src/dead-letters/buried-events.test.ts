import { done } from '../define/outcome.ts';
import type { DeadLetterRow } from '../record/collections.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import type { Letter } from './dead-letters.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const letter = (body: Buffer): Letter => ({
  source: 'event',
  reason: 'handler-failed',
  detail: 'the inbox is full',
  exchange: 'EVENTS',
  key: 'events.order.shipped',
  messageId: 'e1',
  type: 'order.shipped',
  body,
});
const make = (replayEvent: (row: DeadLetterRow) => Promise<void>): Jobs =>
  world.make([testJob('order.ship', async () => done())], { replayEvent });
const stored = (id: string) => world.collections.deadLetters.findOne({ _id: id });

test('an event that fails again after its replay is an open dead letter again', async () => {
  const jobs: Jobs = make(async () => {
    await jobs.bury(letter(Buffer.from('{}')));
  });
  const id = await jobs.bury(letter(Buffer.from('{}')));

  await jobs.deadLetters.replay(id);

  expect(await stored(id)).toMatchObject({ state: 'open', times: 2 });
  expect(await jobs.deadLetters.groups()).toEqual([
    expect.objectContaining({ source: 'event', code: 'handler-failed' }),
  ]);
});

test('an event that cannot be replayed now stays an open dead letter', async () => {
  const jobs = make(() => Promise.reject(new Error('the bus is away')));
  const id = await jobs.bury(letter(Buffer.from('{}')));

  await expect(jobs.deadLetters.replay(id)).rejects.toThrow('the bus is away');

  expect(await stored(id)).toMatchObject({ state: 'open', times: 1 });
});

test('an event is an open dead letter until it is handed on: a process may die before that', async () => {
  let meanwhile: DeadLetterRow | null = null;
  const jobs = make(async ({ _id }) => {
    meanwhile = await stored(_id);
  });
  const id = await jobs.bury(letter(Buffer.from('{}')));

  await jobs.deadLetters.replay(id, { by: 'ann' });

  expect(meanwhile).toMatchObject({ state: 'open' });
  expect(await stored(id)).toMatchObject({ state: 'replayed', decidedBy: 'ann' });
});

test('an event whose body is no text is refused for replay', async () => {
  const jobs = make(async () => undefined);
  const id = await jobs.bury(letter(Buffer.from([0xff, 0x00, 0xfe])));

  await expect(jobs.deadLetters.replay(id)).rejects.toMatchObject({ code: 'dead-letter-not-replayable' });
});
