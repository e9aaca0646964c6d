import type { mongo } from 'mongoose';
import type { JobPlace } from './job-place.ts';
import type { JobRecord, JobState } from './record.ts';

/** A stretch of time, open at the end from which a list is read. */
export type Window = { readonly $gte: Date } | { readonly $lte: Date };

type PageWish = { limit: number; after?: JobPlace | undefined; sort?: 'asc' | 'desc' | undefined };

/**
 * A page most likely lies within so many times the span of the one before; if not, within so many, as behind a burst, and so on;
 * if not, anywhere. From one to the next so little is added that hardly more is found than was missing.
 */
const SPANS_AHEAD = [4, 128, 4_096, 131_072];
/** A window of ten years leaves nothing out. */
const EVER_MS = 10 * 365 * 86_400_000;
/** In a burst all have one time; what comes before it lies further away. */
export const LEAST_SPAN_MS = 16;
/** The span of a first page is that of the rows stored last, a few more than fit on it, or what these let expect. */
const PROBE_PAGES = 2;
const PROBED = 500;
/** A few lists at once, and the next look of one that is kept fresh, go by the same rows: on some stores finding them is a look at all keys. */
const FRESH_MS = 5_000;
/** Fewer than every so-manieth job is in a state that is found sooner by its own index. */
const RARE = 4;

/**
 * Most jobs lie at an end of time, so a page is looked for there first: whoever has to sort what it finds, sorts little then.
 * Where a page ended, its span tells how far to look.
 * @param states those that are wanted; undefined for all.
 * @returns the narrowest first; none where looking near would not help.
 */
export async function likelyWindows(
  jobs: mongo.Collection<JobRecord>,
  states: readonly JobState[] | undefined,
  wish: PageWish,
): Promise<Window[]> {
  const { after, sort } = wish;
  const start = after ? { at: after.createdAt, spanMs: after.spanMs } : await guess(jobs, states, wish);
  if (!start?.spanMs) return [];
  const { at, spanMs } = start;
  const reaches = SPANS_AHEAD.map((spans) => spanMs * spans).filter((reachMs) => reachMs < EVER_MS);
  return reaches.map((reachMs) =>
    sort === 'asc' ? { $lte: new Date(at.getTime() + reachMs) } : { $gte: new Date(at.getTime() - reachMs) },
  );
}

async function guess(
  jobs: mongo.Collection<JobRecord>,
  states: readonly JobState[] | undefined,
  { limit, sort }: PageWish,
): Promise<{ at: Date; spanMs: number } | undefined> {
  const rows = await probed(jobs, sort ?? 'desc');
  const likely = states ? rows.filter(({ state }) => states.includes(state)) : rows;
  if (rows.length <= Math.min(limit, PROBED - 1) || likely.length * RARE < rows.length) return undefined;
  const times = rows.map(({ createdAt }) => createdAt.getTime());
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const wanted = (limit + 1) * PROBE_PAGES;
  return {
    at: new Date(sort === 'asc' ? first : last),
    spanMs: Math.max(LEAST_SPAN_MS, ((last - first) * wanted) / rows.length),
  };
}

type Row = Pick<JobRecord, 'createdAt' | 'state'>;
type Look = { readonly at: number; readonly rows: Promise<Row[]> };

const looks = { asc: new WeakMap<object, Look>(), desc: new WeakMap<object, Look>() };

/** The first or last rows in the order in which they were stored, as of a moment ago: no store has to sort to find them. */
function probed(jobs: mongo.Collection<JobRecord>, sort: 'asc' | 'desc'): Promise<Row[]> {
  const known = looks[sort].get(jobs);
  if (known && performance.now() - known.at < FRESH_MS) return known.rows;
  const rows = jobs
    .find<Row>({}, { projection: { createdAt: 1, state: 1 } })
    .sort({ $natural: sort === 'asc' ? 1 : -1 })
    .limit(PROBED)
    .toArray();
  const look = { at: performance.now(), rows };
  looks[sort].set(jobs, look);
  rows.catch(() => looks[sort].get(jobs) === look && looks[sort].delete(jobs));
  return rows;
}
