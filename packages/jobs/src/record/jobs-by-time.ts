import type { mongo } from 'mongoose';
import type { Collections } from './collections.ts';
import { type Conditions, conditionsOf, type JobFilter, statesOf } from './job-filter.ts';
import type { TimePlace } from './job-place.ts';
import { type JobRecord, STATES } from './record.ts';

type PageWish = { limit: number; after?: TimePlace | undefined; sort?: 'asc' | 'desc' | undefined };
type Page = { records: JobRecord[]; hasMore: boolean };
type Key = Pick<JobRecord, '_id' | 'nextRunAt'>;
type Order = { readonly step: 1 | -1; readonly beyond: '$gt' | '$lt'; readonly from: '$gte' | '$lte' };

const ORDERS: Record<'asc' | 'desc', Order> = {
  asc: { step: 1, beyond: '$gt', from: '$gte' },
  desc: { step: -1, beyond: '$lt', from: '$lte' },
};

/**
 * By the time at which they are, or were, due; of one time by id. The index has this order within a queue and a state, so
 * each of them is asked for its first ones, and these are merged: a page costs a look at as many as it shows, times queues
 * and states, and at all that are due in the millisecond in which it ends. A label, an id or a beginning of a name finds
 * by an index of its own, and all that it finds is sorted.
 * @param queues the known ones; what lies in others is found too, and costs a look at all of that.
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
    : await mergedKeys(asked, partsOf(conditions, filter, queues));
  const records = await inOrderOf(collections, keys.slice(0, limit));
  return { records, hasMore: keys.length > limit };
}

type Asked = { collections: Collections; order: Order; limit: number; after: TimePlace | undefined };

const isFoundByItself = (conditions: Conditions): boolean =>
  'labels' in conditions || '_id' in conditions || '$and' in conditions;

/** Each of these is in the order of the index. */
function partsOf(conditions: Conditions, filter: JobFilter, queues: readonly string[]): Conditions[] {
  const states = statesOf(filter) ?? STATES;
  const places = filter.queue ? [filter.queue] : [...queues, { $nin: [...queues] }];
  return states.flatMap((state) => places.map((queue) => ({ ...conditions, state, queue })));
}

async function mergedKeys(asked: Asked, parts: readonly Conditions[]): Promise<Key[]> {
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

/** In the order of the index: those of one time in any order. */
function firstKeys({ collections: { jobs }, order, limit, after }: Asked, part: Conditions): Promise<Key[]> {
  const bounds = after && { nextRunAt: { [order.from]: after.scheduledAt }, $and: [behind(after, order)] };
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
