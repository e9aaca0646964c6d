import type { Connection } from 'mongoose';
import { connectTo, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { rawJob, storeRaw } from '../under-test/raw-jobs-under-test.ts';
import { type Collections, collectionsOf, ensureIndexes } from './collections.ts';
import type { JobFilter } from './job-filter.ts';
import type { JobPlace } from './job-place.ts';
import { listJobs } from './job-queries.ts';

const BURSTS = 6;
const JOBS_OF_ONE = 300;
const PAGE = 100;
/** Between two bursts, as when one request after the other commands as many as it may. */
const GAP_MS = 900;

let world: World;
let collections: Collections;
let database: Connection;
/** Of the questions for jobs: whether each is for a moment or a part of the time. */
const asked: boolean[] = [];

beforeAll(async () => {
  world = await jobsWorld();
  database = await connectTo(world, { monitorCommands: true });
  collections = collectionsOf(database);
  await ensureIndexes(collections);
  const since = Date.now();
  const jobs = Array.from({ length: BURSTS * JOBS_OF_ONE }, (_, index) =>
    rawJob(index, { createdAt: new Date(since + Math.floor(index / JOBS_OF_ONE) * GAP_MS) }),
  );
  await storeRaw(collections, jobs);
  database.getClient().on('commandStarted', ({ commandName, command }) => {
    const { createdAt } = command['filter'] ?? {};
    if (commandName === 'find') asked.push(createdAt instanceof Date || createdAt?.$gte !== undefined);
  });
});
afterAll(async () => {
  await database.close();
  await world.end();
});

test.each<[string, JobFilter]>([
  ['all jobs', {}],
  ['jobs of a state', { state: ['available'] }],
])(
  'bursts of %s are found page by page without a look at all that lies behind, whatever the gaps between them',
  async (_what, filter) => {
    const pages: { ids: string[]; isNear: boolean }[] = [];
    for (let after: JobPlace | undefined; ; ) {
      const { records, next } = await listJobs(collections, filter, { limit: PAGE, after, isKeysOnly: true });
      pages.push({ ids: records.map(({ _id }) => _id), isNear: asked.at(-1) ?? false });
      if (!next) break;
      after = next;
    }

    expect(new Set(pages.flatMap(({ ids }) => ids)).size).toBe(BURSTS * JOBS_OF_ONE);
    // Only the last page cannot know that there is no more near.
    expect(pages.slice(0, -1).flatMap(({ isNear }, page) => (isNear ? [] : [page]))).toEqual([]);
  },
);
