import type { mongo } from 'mongoose';
import { isId } from '../runtime/ids.ts';
import type { Collections } from './collections.ts';
import { EVERY_JOB, labelOfArgument } from './labels.ts';
import { type JobRecord, type JobState, STATES } from './record.ts';

/** What a list of jobs can be narrowed by; all given fields must hold. */
export type JobFilter = {
  state?: readonly JobState[] | undefined;
  name?: string | undefined;
  queue?: string | undefined;
  tag?: string | undefined;
  traceId?: string | undefined;
  fingerprint?: string | undefined;
  rootId?: string | undefined;
  /** Payload fields by path, e.g. `{ 'campaignId': '…' }`; compared as text, number or boolean. */
  args?: Readonly<Record<string, string>> | undefined;
  meta?: Readonly<Record<string, string>> | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  createdBefore?: Date | undefined;
  endedBefore?: Date | undefined;
  /** What people have decided about failed jobs; `open`: nothing yet. */
  letter?: 'open' | 'parked' | 'resolved' | undefined;
  /** A job id, or the beginning of a job name. */
  q?: string | undefined;
};

/** Where a page ends. `spanMs`, the time that the page covers, tells the next one how far it will have to look; 0: not to look near first. */
export type JobPlace = { readonly createdAt: Date; readonly id: string; readonly spanMs?: number | undefined };
export type JobPage = { readonly records: JobRecord[]; readonly next: Required<JobPlace> | null };
type PageWish = {
  limit: number;
  after?: JobPlace | undefined;
  sort?: 'asc' | 'desc' | undefined;
  /** Only `_id` and `createdAt` of the records are wanted. */
  isKeysOnly?: boolean;
};

/** A page most likely lies within so many times the span of the one before; if not, within so many; if not, anywhere. */
const SPANS_AHEAD = [4, 64];
/** A gap in time misleads one page. Windows that do not help the next ones either become shorter, and are not tried any more. */
const LOST_HOPE = 4;
/** The span of a first page is that of the rows stored last, a few more than fit on it, or what these let expect. */
const PROBE_PAGES = 2;
const MAX_PROBED = 500;
/** Fewer than every so-manieth job is in a state that is found sooner by its own index. */
const RARE = 4;
/** As many jobs of a name are sooner counted state by state than found by their label and grouped. */
const MANY = 5_000;

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
  return { records, next: next && { ...next, spanMs: Math.floor((wish.after?.spanMs ?? 0) / LOST_HOPE) } };
}

/** How many jobs of a filter are in each state; states without a job count 0. */
export async function countJobs({ jobs }: Collections, filter: JobFilter): Promise<Record<JobState, number>> {
  const conditions = conditionsOf(filter);
  const byField = countedByState(filter, conditions);
  const isFewer = byField?.['name'] && (await jobs.count(conditions as Found, { limit: MANY })) < MANY;
  const counts =
    byField && !isFewer
      ? await countEachState(jobs, byField, statesOf(filter) ?? STATES)
      : await groupByState(jobs, conditions);
  return Object.fromEntries(STATES.map((state) => [state, counts.get(state) ?? 0])) as Record<JobState, number>;
}

/** How many jobs a filter finds. */
export async function countAll(collections: Collections, filter: JobFilter): Promise<number> {
  return Object.values(await countJobs(collections, filter)).reduce((sum, count) => sum + count, 0);
}

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
  return SPANS_AHEAD.map((spans) => {
    const reachMs = start.spanMs * spans;
    return sort === 'asc'
      ? { to: new Date(start.at.getTime() + reachMs) }
      : { from: new Date(start.at.getTime() - reachMs) };
  });
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
  return { at: new Date(sort === 'asc' ? first : last), spanMs: Math.max(1, ((last - first) * wanted) / rows.length) };
}

const orderOf = ({ sort }: PageWish): mongo.Sort =>
  sort === 'asc' ? { createdAt: 1, _id: 1 } : { createdAt: -1, _id: -1 };

function pageOf(records: JobRecord[], { limit, after }: PageWish): JobPage {
  const shown = records.slice(0, limit);
  const last = records.length > limit ? shown.at(-1) : undefined;
  if (!last) return { records: shown, next: null };
  const first = after?.createdAt ?? shown[0]?.createdAt ?? last.createdAt;
  const spanMs = Math.max(1, Math.abs(first.getTime() - last.createdAt.getTime()));
  return { records: shown, next: { createdAt: last.createdAt, id: last._id, spanMs } };
}

/** Times first and as few brackets as may be: planners look no further. */
function pageConditions(filter: JobFilter, { after, sort }: PageWish, window?: Window): Conditions {
  const { createdAt, $and, ...conditions } = conditionsOf(filter);
  const isLabelled = 'labels' in conditions || '_id' in conditions || $and !== undefined;
  // Every job carries this label, whose index is in the order of the list. A rare state is found sooner by its own index.
  const every = isLabelled || (!window && conditions['state']) ? {} : { labels: EVERY_JOB };
  const times = within(createdAt, [
    ...(after ? [sort === 'asc' ? { $gte: after.createdAt } : { $lte: after.createdAt }] : []),
    window && timesIn(window),
  ]);
  const rest = [...($and ?? []), ...(after ? [behind(after, sort)] : [])];
  const all = { ...(times && { createdAt: times }), ...conditions, ...every };
  return window ? windowed(all, rest) : { ...all, ...allOf(rest) };
}

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

type Times = { $gte?: Date; $lte?: Date; $lt?: Date };

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

type Found = mongo.Filter<JobRecord>;
type Conditions = { createdAt?: Times; labels?: unknown; _id?: string; $and?: object[] } & Record<string, unknown>;

function conditionsOf(filter: JobFilter): Conditions {
  const { queue, fingerprint, endedBefore, letter } = filter;
  const state = statesOf(filter);
  const createdAt = timesOf(filter);
  const labels = labelsWanted(filter);
  return {
    ...(createdAt && { createdAt }),
    ...(labels.length > 0 && { labels: labels.length > 1 ? { $all: labels } : labels[0] }),
    ...(state && { state: state.length === 1 ? state[0] : { $in: [...state] } }),
    ...(queue && { queue }),
    ...(fingerprint && { fingerprint }),
    ...(endedBefore && { endedAt: { $lt: endedBefore } }),
    ...(letter && { 'deadLetter.state': letter === 'open' ? { $exists: false } : letter }),
    ...pathConditions('payload', filter.args),
    ...pathConditions('meta', filter.meta),
    ...idConditions(filter),
  };
}

/** Only failed jobs have a fingerprint. */
const statesOf = ({ state, fingerprint }: JobFilter): readonly JobState[] | undefined =>
  state ?? (fingerprint ? ['failed'] : undefined);

function timesOf({ from, to, createdBefore }: JobFilter): Times | undefined {
  const times = { ...(from && { $gte: from }), ...(to && { $lte: to }), ...(createdBefore && { $lt: createdBefore }) };
  return Object.keys(times).length > 0 ? times : undefined;
}

function idConditions({ rootId, q }: JobFilter): Pick<Conditions, '_id' | '$and'> {
  const either = [
    ...(rootId ? [{ $or: [{ _id: rootId }, { labels: `root:${rootId}` }] }] : []),
    ...(q && !isId(q) ? [{ $or: [{ _id: q }, { name: { $gte: q, $lt: `${q}\uffff` } }] }] : []),
  ];
  return { ...(q && isId(q) && { _id: q }), ...(either.length > 0 && { $and: either }) };
}

/** Whether a filter finds so few that looking for a page among the newest first would be a detour. */
const isTelling = ({ args, traceId, rootId, fingerprint, q, from }: JobFilter): boolean =>
  Object.keys(args ?? {}).length > 0 || [traceId, rootId, fingerprint, from, q].some(Boolean);

/** The most telling label first: an index looks up the first of `$all`. */
function labelsWanted({ traceId, tag, name, args }: JobFilter): string[] {
  const given = (kind: string, value: string | undefined) => (value ? [`${kind}:${value}`] : []);
  const ofArguments = Object.entries(args ?? {}).flatMap(([path, value]) => labelOfArgument(path, value) ?? []);
  return [...given('trace', traceId), ...ofArguments, ...given('tag', tag), ...given('name', name)];
}

/** A query string knows only text, a payload also numbers and booleans: each reading of the text is looked for. */
function pathConditions(root: string, values: Readonly<Record<string, string>> | undefined): Record<string, object> {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([path, text]) => [`${root}.${path}`, { $in: readingsOf(text) }]),
  );
}

function readingsOf(text: string): unknown[] {
  const readings: unknown[] = [text];
  if (text !== '' && Number.isFinite(Number(text))) readings.push(Number(text));
  if (text === 'true' || text === 'false') readings.push(text === 'true');
  if (text === 'null') readings.push(null);
  return readings;
}

/**
 * State and queue are counted in their index, without a look at any record; a name is looked up in the records of each
 * state. @returns undefined for filters that ask for more.
 */
function countedByState({ name }: JobFilter, { labels, ...fields }: Conditions): Conditions | undefined {
  const isPlain = Object.keys(fields).every((field) => field === 'state' || field === 'queue');
  if (!isPlain || (labels !== undefined && labels !== `name:${name}`)) return undefined;
  return labels === undefined ? fields : { ...fields, name };
}

async function countEachState(
  jobs: mongo.Collection<JobRecord>,
  conditions: Conditions,
  states: readonly JobState[],
): Promise<Map<JobState, number>> {
  // The plain command: as an aggregation a count takes twice as long on some stores. Exact where nothing is sharded.
  const counts = await Promise.all(states.map((state) => jobs.count({ ...conditions, state } as Found)));
  return new Map(states.map((state, index) => [state, counts[index] ?? 0]));
}

async function groupByState(jobs: mongo.Collection<JobRecord>, conditions: Conditions): Promise<Map<JobState, number>> {
  const groups = await jobs
    .aggregate<{ _id: JobState; jobs: number }>([
      { $match: conditions },
      { $group: { _id: '$state', jobs: { $sum: 1 } } },
    ])
    .toArray();
  return new Map(groups.map(({ _id, jobs: count }) => [_id, count]));
}
