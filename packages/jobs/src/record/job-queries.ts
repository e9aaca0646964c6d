import type { mongo } from 'mongoose';
import type { Collections } from './collections.ts';
import { inBrackets } from './in-brackets.ts';
import { type Conditions, conditionsOf, type JobFilter, statesOf, type Times } from './job-filter.ts';
import type { JobPlace } from './job-place.ts';
import { EVERY_JOB } from './labels.ts';
import { LEAST_SPAN_MS, likelyWindows, type Window } from './likely-windows.ts';
import type { JobRecord } from './record.ts';

export type JobPage = { readonly records: JobRecord[]; readonly next: Required<JobPlace> | null };
type PageWish = {
  limit: number;
  after?: JobPlace | undefined;
  sort?: 'asc' | 'desc' | undefined;
  /** Only `_id` and `createdAt` of the records are wanted. */
  isKeysOnly?: boolean;
};

/** Windows that do not help a state, which is found by its own index as well, become shorter, and after a few pages are not tried any more. */
const LOST_HOPE = 4;

/** Newest first; `after` is the `next` of the page before. */
export async function listJobs({ jobs }: Collections, filter: JobFilter, wish: PageWish): Promise<JobPage> {
  const { limit, after, isKeysOnly } = wish;
  const read = (conditions: object, wanted: number) =>
    jobs
      .find(conditions as mongo.Filter<JobRecord>, isKeysOnly ? { projection: { createdAt: 1 } } : {})
      .sort(orderOf(wish))
      .limit(wanted)
      .toArray();
  const rest = after ? await read(restOfMoment(filter, after, wish), limit + 1) : [];
  const missing = limit + 1 - rest.length;
  if (missing === 0) return pageOf(rest, wish);
  for (const window of isTelling(filter) ? [] : await likelyWindows(jobs, statesOf(filter), wish)) {
    // While the index is being built, and whatever else is wrong, the question without a window decides.
    const near = await read(beyondMoment(filter, wish, window), missing).catch(() => []);
    if (near.length === missing) return pageOf([...rest, ...near], wish);
  }
  const { records, next } = pageOf([...rest, ...(await read(beyondMoment(filter, wish), missing))], wish);
  return { records, next: next && isFoundByState(filter) ? { ...next, spanMs: lessHope(after) } : next };
}

const lessHope = (after: JobPlace | undefined): number => Math.floor((after?.spanMs ?? 0) / LOST_HOPE);

const orderOf = ({ sort }: PageWish): mongo.Sort =>
  sort === 'asc' ? { createdAt: 1, _id: 1 } : { createdAt: -1, _id: -1 };

function pageOf(records: JobRecord[], { limit, after }: PageWish): JobPage {
  const shown = records.slice(0, limit);
  const last = records.length > limit ? shown.at(-1) : undefined;
  if (!last) return { records: shown, next: null };
  const first = after?.createdAt ?? shown[0]?.createdAt ?? last.createdAt;
  const spanMs = Math.abs(first.getTime() - last.createdAt.getTime());
  return { records: shown, next: { createdAt: last.createdAt, id: last._id, spanMs: expected(spanMs, after) } };
}

/** A page within one moment, as in a burst, says nothing about the time around it; what came before it may have. */
const expected = (spanMs: number, after: JobPlace | undefined): number =>
  spanMs === 0 && after?.spanMs !== undefined ? after.spanMs : Math.max(LEAST_SPAN_MS, spanMs);

/** What lies at the very time at which a page ended and was not on it: of a burst thousands, which the index of the list holds in this order. */
function restOfMoment(filter: JobFilter, { createdAt: moment, id }: JobPlace, { sort }: PageWish): object {
  const { createdAt, labels = EVERY_JOB, $and = [], ...others } = conditionsOf(filter);
  const within = inBrackets({ ...others, ...(createdAt && { createdAt }) });
  return {
    createdAt: moment,
    labels,
    ...allOf([{ _id: { [sort === 'asc' ? '$gt' : '$lt']: id } }, ...$and, ...within]),
  };
}

/** Times first and as few brackets as may be: planners look no further. */
function beyondMoment(filter: JobFilter, { after, sort }: PageWish, window?: Window): Conditions {
  const { createdAt, $and = [], ...conditions } = conditionsOf(filter);
  // Every job carries this label, whose index is in the order of the list. A rare state is found sooner by its own index.
  const every = isLabelled(filter) || (!window && isFoundByState(filter)) ? {} : { labels: EVERY_JOB };
  const times = narrowest([
    createdAt,
    after && (sort === 'asc' ? { $gt: after.createdAt } : { $lt: after.createdAt }),
    window,
  ]);
  const all = { ...(times && { createdAt: times }), ...conditions, ...every };
  return window ? windowed(all, $and) : { ...all, ...allOf($and) };
}

function isLabelled(filter: JobFilter): boolean {
  const conditions = conditionsOf(filter);
  return 'labels' in conditions || '_id' in conditions || '$and' in conditions;
}

const isFoundByState = (filter: JobFilter): boolean => statesOf(filter) !== undefined && !isLabelled(filter);

const allOf = (conditions: object[]): Pick<Conditions, '$and'> => (conditions.length > 0 ? { $and: conditions } : {});

/** Within a window the index of the list finds few rows, and all that it does not know is for those. */
const windowed = ({ createdAt, labels, ...others }: Conditions, rest: readonly object[]): Conditions => ({
  ...(createdAt && { createdAt }),
  ...(labels !== undefined && { labels }),
  ...allOf([...rest, ...inBrackets(others)]),
});

/** Several times as one condition. */
function narrowest(given: readonly (Times | undefined)[]): Times | undefined {
  const bound = (name: keyof Times, narrower: (...times: number[]) => number) => {
    const times = given.flatMap((one) => one?.[name]?.getTime() ?? []);
    return times.length > 0 && { [name]: new Date(narrower(...times)) };
  };
  const times: Times = {
    ...bound('$gt', Math.max),
    ...bound('$gte', Math.max),
    ...bound('$lt', Math.min),
    ...bound('$lte', Math.min),
  };
  return Object.keys(times).length > 0 ? times : undefined;
}

/** Whether a filter finds so few that looking for a page among the newest first would be a detour. */
const isTelling = ({ args, traceId, rootId, fingerprint, q, from }: JobFilter): boolean =>
  Object.keys(args ?? {}).length > 0 || [traceId, rootId, fingerprint, from, q].some(Boolean);
