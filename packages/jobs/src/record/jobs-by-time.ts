import type { mongo } from 'mongoose';
import type { Collections } from './collections.ts';
import { type Conditions, conditionsOf, type JobFilter, statesOf } from './job-filter.ts';
import type { TimePlace } from './job-place.ts';
import { type JobRecord, STATES } from './record.ts';

type PageWish = { limit: number; after?: TimePlace | undefined; sort?: 'asc' | 'desc' | undefined };
type Page = { records: JobRecord[]; hasMore: boolean };
type Key = Pick<JobRecord, '_id' | 'nextRunAt'>;
type Order = {
  readonly step: 1 | -1;
  readonly beyond: '$gt' | '$lt';
  readonly from: '$gte' | '$lte';
  readonly until: '$gte' | '$lte';
};

/** A part of so many pages is looked at a stretch of time after the other, each in ms from where the page begins. */
const LARGE = 20;
const HORIZONS_MS = [1_000, 60_000, 3_600_000];
const SAMPLE = 20;

const ORDERS: Record<'asc' | 'desc', Order> = {
  asc: { step: 1, beyond: '$gt', from: '$gte', until: '$lte' },
  desc: { step: -1, beyond: '$lt', from: '$lte', until: '$gte' },
};

/**
 * By the time at which they are, or were, due; of one time by id. The index has this order within a queue and a state, so
 * each of them is asked for its first ones, and these are merged: a page costs a look at as many as it shows, times queues
 * and states, and at all that are due in the millisecond in which it ends. A label, an id or a beginning of a name finds
 * by an index of its own, and all that it finds is sorted.
 * @param queues all in which jobs lie: what lies in others is not found.
 */
export async function listJobsByTime(
  collections: Collections,
  queues: readonly string[],
  filter: JobFilter,
  { limit, after, sort = 'asc' }: PageWish,
): Promise<Page> {
  const order = ORDERS[sort];
  const conditions = conditionsOf(filter);
  const asked = { collections, order, limit: limit + 1, after };
  const keys = isFoundByItself(conditions)
    ? await keysOf(asked, conditions)
    : await mergedKeys({ ...asked, begin: await beginOf(asked) }, partsOf(conditions, filter, queues));
  const records = await inOrderOf(collections, keys.slice(0, limit));
  return { records, hasMore: keys.length > limit };
}

type Asked = { collections: Collections; order: Order; limit: number; after: TimePlace | undefined };
/** `begin`: about where the page begins. */
type AskedFrom = Asked & { begin: number };

const isFoundByItself = (conditions: Conditions): boolean =>
  'labels' in conditions || '_id' in conditions || '$and' in conditions;

/** Each of these is in the order of the index. */
function partsOf(conditions: Conditions, filter: JobFilter, queues: readonly string[]): Conditions[] {
  const states = statesOf(filter) ?? STATES;
  const places = filter.queue ? [filter.queue] : queues;
  return states.flatMap((state) => places.map((queue) => ({ ...conditions, state, queue })));
}

async function mergedKeys(asked: AskedFrom, parts: readonly Conditions[]): Promise<Key[]> {
  const { order, limit } = asked;
  const found = await Promise.all(parts.map((part) => firstKeys(asked, part)));
  const merged = found.flat().toSorted(byTime(order)).slice(0, limit);
  const end = merged.at(-1)?.nextRunAt;
  // Where a part has more of the time in which the page ends, the index has given any of them.
  const isCut = (i: number) => found[i]?.length === limit && isSame(found[i]?.at(-1)?.nextRunAt, end);
  const cut = parts.filter((_, i) => isCut(i));
  if (!end || cut.length === 0) return merged;
  const ofEnd = await Promise.all(cut.map((part) => keysOf(asked, { ...part, nextRunAt: end })));
  const before = found.map((keys, i) => (isCut(i) ? keys.filter(({ nextRunAt }) => !isSame(nextRunAt, end)) : keys));
  return [...before, ...ofEnd].flat().toSorted(byTime(order)).slice(0, limit);
}

/**
 * In the order of the index: those of one time in any order. A store that sorts all that it finds is asked about a little
 * time first, and about more while that holds too few.
 */
async function firstKeys(asked: AskedFrom, part: Conditions): Promise<Key[]> {
  const { order, limit, begin } = asked;
  for (const ms of (await isLarge(asked, part)) ? HORIZONS_MS : []) {
    const keys = await keysUntil(asked, part, new Date(begin + order.step * ms));
    if (keys.length === limit) return keys;
  }
  return keysUntil(asked, part);
}

/** Only of what is found by its index alone: what lies close together there need not be near each other when more is asked for. */
async function isLarge(
  { collections: { jobs }, limit }: Asked,
  { state, queue, ...more }: Conditions,
): Promise<boolean> {
  if (Object.keys(more).length > 0) return false;
  const many = LARGE * limit;
  return (await jobs.count({ state, queue } as mongo.Filter<JobRecord>, { limit: many })) === many;
}

/** Where the last page has ended, or the time of a job that is among the first: some jobs that were stored first, or last, tell. */
async function beginOf({ collections: { jobs }, order, after }: Asked): Promise<number> {
  if (after) return after.scheduledAt.getTime();
  const some = await jobs
    .find<Key>({}, { projection: { nextRunAt: 1 } })
    .sort({ $natural: order.step })
    .limit(SAMPLE)
    .toArray();
  return some.toSorted(byTime(order))[0]?.nextRunAt.getTime() ?? 0;
}

function keysUntil(
  { collections: { jobs }, order, limit, after }: Asked,
  part: Conditions,
  until?: Date,
): Promise<Key[]> {
  const nextRunAt = { ...(after && { [order.from]: after.scheduledAt }), ...(until && { [order.until]: until }) };
  const bounds = {
    ...((after || until) && { nextRunAt }),
    ...(after && { $and: [behind(after, order)] }),
  };
  return jobs
    .find<Key>({ ...part, ...bounds } as mongo.Filter<JobRecord>, { projection: { nextRunAt: 1 } })
    .sort({ nextRunAt: order.step })
    .limit(limit)
    .toArray();
}

/** Sorted wholly. */
function keysOf({ collections: { jobs }, order, limit, after }: Asked, conditions: Conditions): Promise<Key[]> {
  const { $and = [], ...rest } = conditions;
  const all = [...$and, ...(after ? [behind(after, order)] : [])];
  return jobs
    .find<Key>({ ...rest, ...(all.length > 0 && { $and: all }) } as mongo.Filter<JobRecord>, {
      projection: { nextRunAt: 1 },
    })
    .sort({ nextRunAt: order.step, _id: order.step })
    .limit(limit)
    .toArray();
}

const behind = ({ scheduledAt, id }: TimePlace, { beyond }: Order): object => ({
  $or: [{ nextRunAt: { [beyond]: scheduledAt } }, { nextRunAt: scheduledAt, _id: { [beyond]: id } }],
});

const byTime =
  ({ step }: Order) =>
  (one: Key, other: Key): number =>
    step * (one.nextRunAt.getTime() - other.nextRunAt.getTime() || (one._id < other._id ? -1 : 1));

const isSame = (one: Date | undefined, other: Date | undefined): boolean => one?.getTime() === other?.getTime();

/** Who has been deleted meanwhile is left out. */
async function inOrderOf({ jobs }: Collections, keys: readonly Key[]): Promise<JobRecord[]> {
  const found = await jobs.find({ _id: { $in: keys.map(({ _id }) => _id) } }).toArray();
  const records = new Map(found.map((record) => [record._id, record]));
  return keys.flatMap(({ _id }) => records.get(_id) ?? []);
}
