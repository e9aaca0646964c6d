import { setTimeout as delay } from 'node:timers/promises'; // waits: a job runs until its gate opens
import { until } from '@millrace/testkit';
import { concurrency } from '../define/limit-rules.ts';
import { done } from '../define/outcome.ts';
import type { JobState } from '../record/record.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { FOREVER, type SlotRow } from './gate-row.ts';

let world: World;
let isOpen: boolean;
beforeEach(async () => {
  world = await jobsWorld();
  isOpen = false;
});
afterEach(() => world.end());

const limited = (hold: 'attempt' | 'job', max = 1) =>
  testJob(
    'order.limited',
    async ({ signal }) => {
      while (!isOpen && !signal.aborted) await delay(5);
      return done();
    },
    { limits: [concurrency({ key: () => 'a', max, hold })] },
  );
const enqueue = async (jobs: Jobs) => (await jobs.enqueue({ name: 'order.limited' }, {})).job.id;
const inState = (state: JobState) => world.collections.jobs.countDocuments({ state });
const held = (fields: Partial<SlotRow>): SlotRow => ({
  _id: 'limit:a#0',
  gate: 'limit:a',
  i: 0,
  jobId: 'nobody',
  owner: 'gone',
  hold: 'job',
  until: FOREVER,
  token: 'lost',
  at: new Date(Date.now() - 60_000),
  ...fields,
});

test.each([
  ['held by a job that never came to be', {}],
  ['held by an attempt whose process has died', { hold: 'attempt' as const, until: new Date(Date.now() + 1_500) }],
])('a slot that is %s is free again soon, and who waits for it is called', async (_, fields) => {
  await world.collections.slots.insertOne(held(fields));
  isOpen = true;
  const jobs = await world.start([limited('job')]);
  const id = await enqueue(jobs);

  expect(await jobs.waitFor(id, 15)).toMatchObject({ state: 'completed', attempt: 1 });
});

test('a slot of a job that has ended is free again, although nobody was left to give it back', async () => {
  isOpen = true;
  const jobs = await world.start([limited('job')]);
  const first = await enqueue(jobs);
  await jobs.waitFor(first, 10);
  await until(async () => (await world.collections.slots.countDocuments({ jobId: first })) === 0);
  await world.collections.slots.replaceOne({ _id: 'limit:a#0' }, held({ jobId: first }));
  const second = await enqueue(jobs);

  expect(await jobs.waitFor(second, 15)).toMatchObject({ state: 'completed', attempt: 1 });
});

test('a leaked slot is given back behind more held ones than a round looks at', async () => {
  const inUse = Array.from({ length: 11_000 }, (_, i) =>
    held({
      _id: `limit:${String(i).padStart(5, '0')}#0`,
      gate: `limit:${String(i).padStart(5, '0')}`,
      jobId: `soon-${i}`,
      token: `t-${i}`,
      at: new Date(Date.now() + 3_600_000),
    }),
  );
  await world.collections.slots.insertMany([...inUse, held({ _id: 'limit:a#0' })]);
  await world.start([limited('job')]);

  await until(async () => (await world.collections.slots.countDocuments({ _id: 'limit:a#0', jobId: '' })) === 1, {
    withinMs: 30_000,
    message: 'the leaked slot is free',
  });
  expect(await world.collections.slots.countDocuments({ until: FOREVER })).toBe(inUse.length);
}, 60_000);

test('of two slots that a job holds at one gate, one is given back', async () => {
  const jobs = await world.start([limited('job', 2)]);
  const id = await enqueue(jobs);
  const [own] = await until(async () => {
    const found = await world.collections.slots.find({ jobId: id }).toArray();
    return found.length === 1 && found;
  });
  await world.collections.slots.insertOne({ ...own, ...held({ _id: 'limit:a#7', i: 7, jobId: id, at: new Date() }) });

  await until(async () => (await world.collections.slots.countDocuments({ jobId: id })) === 1);
  isOpen = true;
  expect(await jobs.waitFor(id, 15)).toMatchObject({ state: 'completed', attempt: 1 });
});

test('a limit that a person raises lets more run at once, and one that is lowered fewer from then on', async () => {
  const jobs = await world.start([limited('attempt', 1)]);
  for (let i = 0; i < 6; i++) await enqueue(jobs);
  await until(
    async () => (await inState('executing')) === 1 && (await world.collections.waiters.countDocuments({})) === 5,
  );

  await jobs.queueDesk.set('orders.main', { limits: { a: 3 } }, { by: 'someone' });
  await until(async () => (await inState('executing')) === 3, { withinMs: 10_000, message: 'three run' });
  expect(await jobs.limits()).toMatchObject([{ key: 'a', max: 3, used: 3, waiting: 3 }]);
  await jobs.queueDesk.set('orders.main', { limits: { 'limit-0': 0, a: 0 } }, { by: 'someone' });
  await until(async () => (await jobs.limits())[0]?.max === 0);
  isOpen = true;
  await until(async () => (await inState('completed')) === 3);

  expect([await inState('executing'), await world.collections.waiters.countDocuments({})]).toEqual([0, 3]);
  await jobs.queueDesk.set('orders.main', { limits: null }, { by: 'someone' });
  await until(async () => (await inState('completed')) === 6, { withinMs: 10_000, message: 'the others too' });
});
