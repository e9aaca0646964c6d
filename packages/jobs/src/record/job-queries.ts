import type { mongo } from 'mongoose';
import type { Collections } from './collections.ts';
import { type Conditions, conditionsOf, type JobFilter, statesOf, type Times } from './job-filter.ts';
import type { JobPlace } from './job-place.ts';
import { EVERY_JOB } from './labels.ts';
import type { JobRecord } from './record.ts';

export type JobPage = { readonly records: JobRecord[]; readonly next: Required<JobPlace> | null };
type PageWish = {
  limit: number;
  after?: JobPlace | undefined;
  sort?: 'asc' | 'desc' | undefined;
  /** Only `_id` and `createdAt` of the records are wanted. */
  isKeysOnly?: boolean;
};

/**
 * A page most likely lies within so many times the span of the one before; if not, within so many, as behind a burst, and so on;
 * if not, anywhere. From one to the next so little is added that hardly more is found than was missing.
 */
const SPANS_AHEAD = [4, 128, 4_096, 131_072];
/** A window of ten years leaves nothing out. */
const EVER_MS = 10 * 365 * 86_400_000;
/** In a burst all have one time; what comes before it lies further away. */
const LEAST_SPAN_MS = 16;
/** Windows that do not help a state, which is found by its own index as well, become shorter, and after a few pages are not tried any more. */
const LOST_HOPE = 4;
/** The span of a first page is that of the rows stored last, a few more than fit on it, or what these let expect. */
const PROBE_PAGES = 2;
const MAX_PROBED = 500;
/** Fewer than every so-manieth job is in a state that is found sooner by its own index. */
const RARE = 4;

/** Newest first; `after` is the `next` of the page before. */
export async function listJobs({ jobs }: Collections, filter: JobFilter, wish: PageWish): Promise<JobPage> {
  const read = (window?: Window) => {
    const conditions = pageConditions(filter, wish, window) as mongo.Filter<JobRecord>;
    return jobs
      .find(conditions, wish.isKeysOnly ? { projection: { createdAt: 1 } } : {})
      .sort(orderOf(wish))
      .limit(wish.limit + 1)
      .toArray();
  };
  for (const window of isTelling(filter) ? [] : await likelyWindows(jobs, filter, wish)) {
    // While the index is being built, and whatever else is wrong, the question without a window decides.
    const near = await read(window).catch(() => []);
    if (near.length > wish.limit) return pageOf(near, wish);
  }
  const { records, next } = pageOf(await read(), wish);
  return { records, next: next && isFoundByState(filter) ? { ...next, spanMs: lessHope(wish.after) } : next };
}

const lessHope = (after: JobPlace | undefined): number => Math.floor((after?.spanMs ?? 0) / LOST_HOPE);

type Window = { readonly from: Date } | { readonly to: Date };

/**
 * Most jobs lie at an end of time, so a page is looked for there first: whoever has to sort what it finds, sorts little then.
 * Where a page ended, its span tells how far to look.
 */
async function likelyWindows(jobs: mongo.Collection<JobRecord>, filter: JobFilter, wish: PageWish): Promise<Window[]> {
  const { after, sort } = wish;
  const start =
    after?.spanMs === undefined ? await probe(jobs, filter, wish) : { at: after.createdAt, spanMs: after.spanMs };
  if (!start?.spanMs) return [];
  const reaches = SPANS_AHEAD.map((spans) => start.spanMs * spans).filter((reachMs) => reachMs < EVER_MS);
  return reaches.map((reachMs) =>
    sort === 'asc' ? { to: new Date(start.at.getTime() + reachMs) } : { from: new Date(start.at.getTime() - reachMs) },
  );
}

/** The first or last rows in the order in which they were stored: no store has to look for them. */
async function probe(
  jobs: mongo.Collection<JobRecord>,
  filter: JobFilter,
  { limit, after, sort }: PageWish,
): Promise<{ at: Date; spanMs: number } | undefined> {
  if (after) return undefined;
  const wanted = (limit + 1) * PROBE_PAGES;
  const rows = await jobs
    .find({}, { projection: { createdAt: 1, state: 1 } })
    .sort({ $natural: sort === 'asc' ? 1 : -1 })
    .limit(Math.min(wanted, MAX_PROBED))
    .toArray();
  const states = statesOf(filter);
  const likely = states ? rows.filter(({ state }) => states.includes(state)) : rows;
  if (rows.length <= Math.min(limit, MAX_PROBED - 1) || likely.length * RARE < rows.length) return undefined;
  const times = rows.map(({ createdAt }) => createdAt.getTime());
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return {
    at: new Date(sort === 'asc' ? first : last),
    spanMs: Math.max(LEAST_SPAN_MS, ((last - first) * wanted) / rows.length),
  };
}

const orderOf = ({ sort }: PageWish): mongo.Sort =>
  sort === 'asc' ? { createdAt: 1, _id: 1 } : { createdAt: -1, _id: -1 };

function pageOf(records: JobRecord[], { limit, after }: PageWish): JobPage {
  const shown = records.slice(0, limit);
  const last = records.length > limit ? shown.at(-1) : undefined;
  if (!last) return { records: shown, next: null };
  const first = after?.createdAt ?? shown[0]?.createdAt ?? last.createdAt;
  const spanMs = Math.max(LEAST_SPAN_MS, Math.abs(first.getTime() - last.createdAt.getTime()));
  return { records: shown, next: { createdAt: last.createdAt, id: last._id, spanMs } };
}

/** Times first and as few brackets as may be: planners look no further. */
function pageConditions(filter: JobFilter, { after, sort }: PageWish, window?: Window): Conditions {
  const { createdAt, $and, ...conditions } = conditionsOf(filter);
  // Every job carries this label, whose index is in the order of the list. A rare state is found sooner by its own index.
  const every = isLabelled(filter) || (!window && isFoundByState(filter)) ? {} : { labels: EVERY_JOB };
  const times = within(createdAt, [
    ...(after ? [sort === 'asc' ? { $gte: after.createdAt } : { $lte: after.createdAt }] : []),
    window && timesIn(window),
  ]);
  const rest = [...($and ?? []), ...(after ? [behind(after, sort)] : [])];
  const all = { ...(times && { createdAt: times }), ...conditions, ...every };
  return window ? windowed(all, rest) : { ...all, ...allOf(rest) };
}

function isLabelled(filter: JobFilter): boolean {
  const conditions = conditionsOf(filter);
  return 'labels' in conditions || '_id' in conditions || '$and' in conditions;
}

const isFoundByState = (filter: JobFilter): boolean => statesOf(filter) !== undefined && !isLabelled(filter);

const allOf = (conditions: object[]): Pick<Conditions, '$and'> => (conditions.length > 0 ? { $and: conditions } : {});

const timesIn = (window: Window): Times => ('from' in window ? { $gte: window.from } : { $lte: window.to });

/**
 * Within a window the index of the list finds few rows, and all that it does not know is for those: in brackets of its own,
 * or a planner takes it for a reason to look through all that is in a state.
 */
function windowed({ createdAt, labels, ...others }: Conditions, rest: readonly object[]): Conditions {
  const all = [...rest, ...(Object.keys(others).length > 0 ? [{ $or: [others] }] : [])];
  return {
    ...(createdAt && { createdAt }),
    ...(labels !== undefined && { labels }),
    ...allOf(all),
  };
}

function behind({ createdAt, id }: JobPlace, sort: PageWish['sort']): object {
  const beyond = sort === 'asc' ? '$gt' : '$lt';
  return { $or: [{ createdAt: { [beyond]: createdAt } }, { _id: { [beyond]: id } }] };
}

/** The narrowest of several times, as one condition. */
function within(times: Times | undefined, others: readonly (Times | undefined)[]): Times | undefined {
  const given = [times, ...others].filter((bounds) => bounds !== undefined);
  if (given.length === 0) return undefined;
  const from = given.flatMap(({ $gte }) => $gte?.getTime() ?? []);
  const to = given.flatMap(({ $lte }) => $lte?.getTime() ?? []);
  return {
    ...(from.length > 0 && { $gte: new Date(Math.max(...from)) }),
    ...(to.length > 0 && { $lte: new Date(Math.min(...to)) }),
    ...(times?.$lt && { $lt: times.$lt }),
  };
}

/** Whether a filter finds so few that looking for a page among the newest first would be a detour. */
const isTelling = ({ args, traceId, rootId, fingerprint, q, from }: JobFilter): boolean =>
  Object.keys(args ?? {}).length > 0 || [traceId, rootId, fingerprint, from, q].some(Boolean);
