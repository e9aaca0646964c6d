import { done } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { LogBook } from './log-book.ts';

let world: World;
let jobs: Jobs;

beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

async function perform(handler: Parameters<typeof testJob>[1]) {
  jobs = await world.start([testJob('order.ship', handler, { retry: [on(Error, every(0))] })]);
  const { job } = await jobs.command('order.ship', {});
  return jobs.waitFor(job.id, 20);
}

const all = { limit: 1_000 };

test('lines of every attempt are there at the end, in order, and in the log of the service with the fields of the job', async () => {
  const job = await perform(async ({ log, attempt }) => {
    log.info({ box: attempt }, 'packed');
    log.warn('heavy');
    if (attempt === 1) throw new Error('once more');
    log.error({ err: new TypeError('odd') }, 'odd');
    return done();
  });
  const { items } = await jobs.logs(job.id, all);

  expect(items.map(({ attempt, level, message, fields }) => [attempt, level, message, fields])).toEqual([
    [1, 'info', 'packed', { box: 1 }],
    [1, 'warn', 'heavy', {}],
    [2, 'info', 'packed', { box: 2 }],
    [2, 'warn', 'heavy', {}],
    [2, 'error', 'odd', { err: { name: 'TypeError', message: 'odd' } }],
  ]);
  expect(world.logs.filter(({ message }) => message === 'packed')).toEqual([
    { level: 'info', message: 'packed', fields: { box: 1, jobId: job.id, job: 'order.ship', attempt: 1 } },
    { level: 'info', message: 'packed', fields: { box: 2, jobId: job.id, job: 'order.ship', attempt: 2 } },
  ]);
});

test('lines narrow by attempt and level and come in pages', async () => {
  const job = await perform(async ({ log, attempt }) => {
    for (let i = 0; i < 5; i++) log[i % 2 ? 'debug' : 'warn']({ i }, 'line');
    if (attempt === 1) throw new Error('once more');
    return done();
  });
  const seen: unknown[] = [];
  for (let after: string | undefined, isMore = true; isMore; ) {
    const { items, next } = await jobs.logs(job.id, { attempt: 2, level: 'info', limit: 2, after });
    seen.push(items.map(({ fields }) => fields['i']));
    after = next ?? undefined;
    isMore = next !== null;
  }

  expect(seen).toEqual([[0, 2], [4]]);
  await expect(jobs.logs('nobody', all)).rejects.toMatchObject({ code: 'job-not-found' });
});

test('a job keeps a thousand lines over all its attempts, and the last one says so', async () => {
  const job = await perform(async ({ log, attempt }) => {
    for (let i = 0; i < 600; i++) log.debug({ i }, 'line');
    if (attempt < 3) throw new Error('once more');
    return done();
  });
  const { items } = await jobs.logs(job.id, all);

  expect(items).toHaveLength(1_000);
  expect(items.at(-1)).toMatchObject({ attempt: 2, level: 'warn', message: expect.stringContaining('is full') });
  expect(world.logs.filter(({ message }) => message === 'line')).toHaveLength(1_800);

  await jobs.remove(job.id);
  expect(await world.collections.logs.countDocuments({})).toBe(0);
});

test('a line has at most 8 KiB', async () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  const job = await perform(async ({ log }) => {
    log.info({ text: 'x'.repeat(9_000) }, 'large');
    log.info('m'.repeat(9_000));
    log.info(circle, 'round');
    return done();
  });
  const { items } = await jobs.logs(job.id, all);

  expect(items.map(({ message, fields }) => [message.length, fields])).toEqual([
    [5, { truncated: true }],
    [1_000, {}],
    [5, { unreadable: true }],
  ]);
});

test('lines that could not be written come with the next ones, each once', async () => {
  const { logs } = world.collections;
  let failures = 1;
  const failing = new Proxy(logs, {
    get: (target, name) => {
      if (name !== 'insertMany' || failures-- <= 0) return Reflect.get(target, name).bind?.(target);
      return async (rows: Parameters<typeof logs.insertMany>[0]) => {
        await logs.insertMany(rows.slice(0, 1));
        throw new Error('the database went away');
      };
    },
  });
  const book = new LogBook({
    collections: { ...world.collections, logs: failing },
    everyMs: 60_000,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const source = { jobId: 'j1', fence: 1, attempt: 1 };
  const line = (message: string) => book.add(source, { at: new Date(), level: 'info', message });

  line('one');
  line('two');
  await book.flush();
  line('three');
  await book.flush();

  const rows = await logs.find({ jobId: 'j1' }).sort({ _id: 1 }).toArray();
  expect(rows.map(({ message }) => message)).toEqual(['one', 'two', 'three']);
});
