import { jobContract } from '@millrace/contracts';
import { createJobs, defineJob, done, type Jobs } from '@millrace/jobs';
import mongoose from 'mongoose';
import { z } from 'zod';
import { type Collections, collectionsOf, ensureIndexes } from '../../packages/jobs/src/record/collections.ts';
import { countJobs } from '../../packages/jobs/src/record/job-counts.ts';
import type { JobFilter } from '../../packages/jobs/src/record/job-filter.ts';
import type { JobPlace } from '../../packages/jobs/src/record/job-place.ts';
import { listJobs } from '../../packages/jobs/src/record/job-queries.ts';
import { listJobsByTime } from '../../packages/jobs/src/record/jobs-by-time.ts';
import type { JobRecord } from '../../packages/jobs/src/record/record.ts';
import { rawFailure, rawJob, storeRaw } from '../../packages/jobs/src/under-test/raw-jobs-under-test.ts';
import type { Lab } from './lab.ts';
import { quantile } from './statistics.ts';

export type SearchTime = { question: string; answers: number; p50Ms: number; p99Ms: number };

const FAILED = 5_000;
const PAGE = 50;
const HOUR_MS = 3_600_000;
const QUEUES = ['orders.main', 'orders.slow'];

/** Asks a queue of very many waiting jobs, some thousands of failed ones among them, what people ask of it. */
export async function measureSearch(
  lab: Lab,
  { jobs, rounds }: { jobs: number; rounds: number },
): Promise<SearchTime[]> {
  const dbName = 'bench_search';
  const database = await mongoose.createConnection(lab.mongodbUri, { dbName, autoIndex: false }).asPromise();
  try {
    const collections = collectionsOf(database);
    await ensureIndexes(collections);
    const step = Math.floor(jobs / FAILED);
    // A failed one here and there: new and old, none so old that it is archived meanwhile.
    const since = Date.now() - HOUR_MS;
    const rows = Array.from({ length: jobs + FAILED }, (_, index) =>
      index % (step + 1) === step ? rawFailure(index, since) : rawJob(index, {}, since),
    );
    await storeRaw(collections, rows);
    const times: SearchTime[] = [];
    for (const [question, ask] of await questions(collections, rows)) times.push(await measure(question, rounds, ask));
    return await withApi(lab, database, async (runtime) => [
      ...times,
      await measure('queue, with its backlog', rounds, async () => (await runtime.queue('orders.main')).ready),
      await measure('groups of dead letters', rounds, async () => (await runtime.deadLetters.groups()).length),
      await bulkRetry(runtime),
    ]);
  } finally {
    await database.dropDatabase();
    await database.close();
  }
}

type Question = readonly [question: string, ask: () => Promise<number>];

async function questions(collections: Collections, rows: readonly JobRecord[]): Promise<Question[]> {
  const hundredth = await placeOf(collections, 99);
  const middle = rows[Math.floor(rows.length / 2)]?.createdAt ?? new Date();
  const list =
    (filter: JobFilter, after?: JobPlace, sort: 'asc' | 'desc' = 'desc') =>
    async () =>
      (await listJobs(collections, filter, { limit: PAGE, after, sort })).records.length;
  const byTime =
    (filter: JobFilter, sort: 'asc' | 'desc' = 'asc') =>
    async () =>
      (await listJobsByTime(collections, QUEUES, filter, { limit: PAGE, sort })).records.length;
  const count = (filter: JobFilter) => async () =>
    Object.values(await countJobs(collections, filter)).reduce((sum, found) => sum + found, 0);
  return [
    ['all, newest', list({})],
    ['all, page 100', list({}, hundredth)],
    ['all, oldest', list({}, undefined, 'asc')],
    ['state=available', list({ state: ['available'] })],
    ['state=available, page 100', list({ state: ['available'] }, hundredth)],
    ['state=failed', list({ state: ['failed'] })],
    ['state=completed (none)', list({ state: ['completed'] })],
    ['name', list({ name: 'order.ship' })],
    ['name, state=failed', list({ name: 'order.ship', state: ['failed'] })],
    ['queue', list({ queue: 'orders.main' })],
    ['arg.tenant (2 %)', list({ args: { tenant: 't7' } })],
    ['arg.orderId (one)', list({ args: { orderId: 'o5000' } })],
    ['arg.tenant, name, state', list({ args: { tenant: 't7' }, name: 'order.bill', state: ['available'] })],
    ['q=mail', list({ q: 'mail' })],
    ['from/to (a second)', list({ from: new Date(middle.getTime() - 1_000), to: middle })],
    ['tag', list({ tag: 'user:u7' })],
    ['trace', list({ traceId: 'trace77' })],
    ['all, due first', byTime({})],
    ['state=available, due last', byTime({ state: ['available'] }, 'desc')],
    ['name, due first', byTime({ name: 'order.ship' })],
    ['counts', count({})],
    ['counts by name', count({ name: 'order.ship' })],
    ['counts by argument', count({ args: { tenant: 't7' } })],
  ];
}

/** Where a page of the newest jobs ends. */
async function placeOf(collections: Collections, pages: number): Promise<JobPlace> {
  const { next } = await listJobs(collections, {}, { limit: PAGE * pages, isKeysOnly: true });
  if (!next) throw new Error(`there are no ${pages} pages`);
  return { ...next, spanMs: (next.spanMs ?? 0) / pages };
}

async function measure(question: string, rounds: number, ask: () => Promise<number>): Promise<SearchTime> {
  const tookMs: number[] = [];
  let answers = 0;
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    answers = await ask();
    tookMs.push(performance.now() - begin);
  }
  return { question, answers, p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99) };
}

/** Retries the failed ones in one operation and reads the time of each page off its progress. */
async function bulkRetry(jobs: Jobs): Promise<SearchTime> {
  const { id, total } = await jobs.operations.onJobs('retry', { state: ['failed'] });
  const pagesMs: number[] = [];
  let [done, since] = [0, performance.now()];
  for (;;) {
    const operation = await jobs.operations.find(id);
    if (operation.done > done) {
      const now = performance.now();
      pagesMs.push(now - since);
      [done, since] = [operation.done, now];
    }
    if (operation.state !== 'running') break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const question = `bulk retry, a page (of ${Math.round(total / pagesMs.length)})`;
  return { question, answers: total, p50Ms: quantile(pagesMs, 0.5), p99Ms: quantile(pagesMs, 0.99) };
}

/** A runtime over these records that accepts and rings, and performs nothing; its lanes are full of messages. */
async function withApi<T>(
  { amqpUrl }: Lab,
  database: mongoose.Connection,
  use: (jobs: Jobs) => Promise<T>,
): Promise<T> {
  const ignore = () => undefined;
  const rung = new Set<string>();
  const contracts = QUEUES.map((queue, index) =>
    jobContract({ name: `bench.search-${index}`, queue, summary: 'Is never run.', payload: z.object({}) }),
  );
  const jobs = createJobs({
    service: 'benchsearch',
    definitions: contracts.map((contract) => defineJob(contract, { run: async () => done() })),
    database,
    amqpUrl,
    announce: async () => undefined,
    role: 'api',
    log: { debug: ignore, info: ignore, warn: (fields) => noteAll(rung, fields), error: ignore },
  });
  await jobs.start();
  while (jobs.troubles().length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  try {
    await everyJobIsRungFor(rung);
    return await use(jobs);
  } finally {
    await jobs.stop();
  }
}

function noteAll(names: Set<string>, { queues = [] }: { queues?: readonly string[] }): void {
  for (const name of queues) names.add(name);
}

/** The records came in without the broker, so the runtime rings for all of them, as after a loss of the broker's data, and warns of it. */
async function everyJobIsRungFor(rung: ReadonlySet<string>): Promise<void> {
  for (let second = 0; second < 240; second++) {
    if (QUEUES.every((queue) => rung.has(queue))) return;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  throw new Error('the jobs are not rung for within four minutes');
}
