import type { Connection } from 'mongoose';
import { connectTo, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { rawFailure, rawJob, storeRaw } from '../under-test/raw-jobs-under-test.ts';
import { type Collections, collectionsOf, ensureIndexes } from './collections.ts';
import { countJobs } from './job-counts.ts';
import type { JobFilter } from './job-filter.ts';
import type { JobPlace, TimePlace } from './job-place.ts';
import { listJobs } from './job-queries.ts';
import { listJobsByTime } from './jobs-by-time.ts';
import { QueueNames } from './queue-names.ts';
import type { JobRecord } from './record.ts';

const WAITING = 5_400;
const FAILED = 600;

let world: World;
let collections: Collections;
let database: Connection;
let commands = 0;
const all: JobRecord[] = [
  ...Array.from({ length: WAITING }, (_, index) => rawJob(index)),
  ...Array.from({ length: FAILED }, (_, index) => rawFailure(WAITING + index)),
];

beforeAll(async () => {
  world = await jobsWorld();
  database = await connectTo(world, { monitorCommands: true });
  collections = collectionsOf(database);
  await ensureIndexes(collections);
  await storeRaw(collections, all);
  database.getClient().on('commandStarted', () => commands++);
});
afterAll(async () => {
  await database.close();
  await world.end();
});

const at = (index: number) => all[index]?.createdAt as Date;
const field = (record: JobRecord, name: string) => (record.payload as Record<string, unknown>)[name];
type Case = { what: string; filter: JobFilter; finds(record: JobRecord): boolean };
const cases: Case[] = [
  { what: 'everything', filter: {}, finds: () => true },
  { what: 'a common state', filter: { state: ['available'] }, finds: ({ state }) => state === 'available' },
  { what: 'a rare state', filter: { state: ['failed'] }, finds: ({ state }) => state === 'failed' },
  { what: 'a state that none is in', filter: { state: ['completed'] }, finds: () => false },
  {
    what: 'two states',
    filter: { state: ['failed', 'available'], name: 'mail.send' },
    finds: ({ name }) => name === 'mail.send',
  },
  { what: 'a name', filter: { name: 'order.pack' }, finds: ({ name }) => name === 'order.pack' },
  { what: 'a queue', filter: { queue: 'orders.slow' }, finds: ({ queue }) => queue === 'orders.slow' },
  { what: 'a queue that is not', filter: { queue: 'none' }, finds: () => false },
  { what: 'a tag', filter: { tag: 'user:u7' }, finds: ({ tags }) => tags.includes('user:u7') },
  { what: 'a trace', filter: { traceId: 'trace77' }, finds: ({ traceId }) => traceId === 'trace77' },
  { what: 'an argument', filter: { args: { tenant: 't7' } }, finds: (job) => field(job, 'tenant') === 't7' },
  { what: 'a number', filter: { args: { weight: '42' } }, finds: (job) => field(job, 'weight') === 42 },
  {
    what: 'state, name, two arguments and a time',
    filter: {
      state: ['available'],
      name: 'order.ship',
      args: { tenant: 't0', isRush: 'true' },
      from: at(300),
      to: at(4_500),
    },
    finds: (job) =>
      job.state === 'available' &&
      job.name === 'order.ship' &&
      field(job, 'tenant') === 't0' &&
      field(job, 'isRush') === true &&
      job.createdAt >= at(300) &&
      job.createdAt <= at(4_500),
  },
  { what: 'the beginning of a name', filter: { q: 'order' }, finds: ({ name }) => name.startsWith('order') },
  { what: 'an id', filter: { q: rawJob(99)._id }, finds: ({ _id }) => _id === rawJob(99)._id },
  {
    what: 'the beginning of a name in a state',
    filter: { q: 'mail', state: ['failed'] },
    finds: ({ name, state }) => name === 'mail.send' && state === 'failed',
  },
  { what: 'a time', filter: { to: at(500) }, finds: ({ createdAt }) => createdAt <= at(500) },
  { what: 'a fingerprint', filter: { fingerprint: 'way1' }, finds: ({ fingerprint }) => fingerprint === 'way1' },
  {
    what: 'a root',
    filter: { rootId: rawJob(5)._id },
    finds: ({ rootId }) => rootId === rawJob(5)._id,
  },
  {
    what: 'what was there before',
    filter: { createdBefore: at(700) },
    finds: ({ createdAt }) => createdAt < at(700),
  },
];

const inOrder = (records: readonly JobRecord[]) =>
  records
    .toSorted((one, other) => one.createdAt.getTime() - other.createdAt.getTime() || (one._id < other._id ? -1 : 1))
    .map(({ _id }) => _id);

test.each(cases)('$what is found in order, each once, page by page, and counted', async ({ filter, finds }) => {
  const wanted = inOrder(all.filter(finds));
  const expected = { asc: wanted, desc: wanted.toReversed() };

  for (const sort of ['asc', 'desc'] as const) {
    const found: string[] = [];
    let after: JobPlace | undefined;
    // The first pages small, where windows are guessed, the rest at once.
    for (let limit = 37; ; limit = found.length > 60 ? all.length : 37) {
      const { records, next } = await listJobs(collections, filter, { limit, sort, after, isKeysOnly: true });
      found.push(...records.map(({ _id }) => _id));
      if (!next) break;
      after = next;
    }
    expect(found).toEqual(expected[sort]);
  }
  const counts = await countJobs(collections, filter);
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(wanted.length);
});

/** Two at a time are due in one millisecond, and of two queues only one is known. */
const inOrderOfTime = (records: readonly JobRecord[]) =>
  records
    .toSorted((one, other) => one.nextRunAt.getTime() - other.nextRunAt.getTime() || (one._id < other._id ? -1 : 1))
    .map(({ _id }) => _id);

test.each(cases)('$what is found in the order of time, each once, page by page', async ({ filter, finds }) => {
  const queueNames = new QueueNames(collections, ['orders.main']);
  const wanted = inOrderOfTime(all.filter(finds));
  const expected = { asc: wanted, desc: wanted.toReversed() };

  for (const sort of ['asc', 'desc'] as const) {
    const found: string[] = [];
    let after: TimePlace | undefined;
    for (let limit = 37; ; limit = found.length > 60 ? all.length : 37) {
      const { records, hasMore } = await listJobsByTime(collections, await queueNames.all(), filter, {
        limit,
        sort,
        after,
      });
      found.push(...records.map(({ _id }) => _id));
      const last = records.at(-1);
      if (!hasMore || !last) break;
      after = { scheduledAt: last.nextRunAt, id: last._id };
    }
    expect(found).toEqual(expected[sort]);
  }
});

test('jobs that are due in the same millisecond are found by id, more than a page of them', async () => {
  const queues = ['orders.main', 'orders.slow'];
  const due = new Date(Date.UTC(2031, 0));
  const burst = Array.from({ length: 90 }, (_, index) =>
    rawJob(20_000 + index, { state: 'scheduled', nextRunAt: index < 10 ? new Date(Date.UTC(2030, 0)) : due }),
  );
  const shuffled = burst.toSorted((one, other) => one._id.slice(6).localeCompare(other._id.slice(6)) * -1);
  await storeRaw(collections, shuffled);

  for (const sort of ['asc', 'desc'] as const) {
    const wanted = inOrderOfTime(burst);
    const found: string[] = [];
    for (let after: TimePlace | undefined; ; ) {
      const page = await listJobsByTime(collections, queues, { state: ['scheduled'] }, { limit: 7, sort, after });
      found.push(...page.records.map(({ _id }) => _id));
      const last = page.records.at(-1);
      if (!page.hasMore || !last) break;
      after = { scheduledAt: last.nextRunAt, id: last._id };
    }
    expect(found).toEqual(sort === 'asc' ? wanted : wanted.toReversed());
  }
  await collections.jobs.deleteMany({ _id: { $in: burst.map(({ _id }) => _id) } });
});

test('a page takes at most four questions, wherever it lies, two as a rule, and a search by argument looks at what it finds', async () => {
  commands = 0;
  const walked = [];
  for (let after: JobPlace | undefined; walked.length < 20; ) {
    const before = commands;
    const { next } = await listJobs(collections, {}, { limit: 50, after, isKeysOnly: true });
    walked.push(commands - before);
    if (!next) break;
    after = next;
  }
  commands = 0;
  await countJobs(collections, { args: { tenant: 't7' } });
  const counted = commands;
  const plan = (await collections.jobs
    .find({ labels: 'arg:tenant=t7', 'payload.tenant': { $in: ['t7'] } })
    .sort({ createdAt: -1, _id: -1 })
    .explain('executionStats')) as unknown as { executionStats: { totalDocsExamined: number } };
  const { totalDocsExamined } = plan.executionStats;

  process.stdout.write(
    `search: at most ${Math.max(...walked)} questions a page [4], ${counted} a count [1], ${totalDocsExamined} records looked at for 120 [120]\n`,
  );
  expect(walked).toHaveLength(20);
  expect(Math.max(...walked)).toBeLessThanOrEqual(4);
  expect(walked.filter((questions) => questions > 2).length).toBeLessThanOrEqual(2);
  expect(counted).toBe(1);
  expect(totalDocsExamined).toBeLessThanOrEqual(120);
});

test('jobs of a name or a tag that very many have are counted state by state, as right as few', async () => {
  const many = Array.from({ length: 5_100 }, (_, index) => rawJob(WAITING + FAILED + index)).map((job, index) => ({
    ...job,
    name: 'order.bulk',
    tags: ['bulk'],
    labels: [...job.labels.filter((label) => !/^(name|tag):/.test(label)), 'name:order.bulk', 'tag:bulk'],
    ...(index < 100 && { state: 'failed' as const }),
  }));
  await storeRaw(collections, many);

  const [counted, tagged, ofOneState, few] = await Promise.all([
    countJobs(collections, { name: 'order.bulk' }),
    countJobs(collections, { tag: 'bulk' }),
    countJobs(collections, { name: 'order.bulk', state: ['failed'], queue: 'orders.slow' }),
    countJobs(collections, { name: 'order.pack', state: ['failed'] }),
  ]);

  expect(counted).toMatchObject({ available: 5_000, failed: 100, completed: 0 });
  expect(tagged).toEqual(counted);
  expect(ofOneState).toMatchObject({ available: 0, failed: 34 });
  expect(few).toMatchObject({ available: 0, failed: FAILED / 4 });
});
