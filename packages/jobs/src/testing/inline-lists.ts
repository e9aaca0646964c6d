import type { JobPlace, TimePlace } from '../record/job-place.ts';
import type { JobPage } from '../record/job-queries.ts';
import type { JobRecord } from '../record/record.ts';

type Direction = 'asc' | 'desc' | undefined;

/** A page by creation, as the runtime lists. */
export function pageByCreation(
  found: readonly JobRecord[],
  { limit, after, sort = 'desc' }: { limit: number; after?: JobPlace | undefined; sort?: Direction },
): JobPage {
  const place = after && { at: after.createdAt, id: after.id };
  const { records, hasMore } = pageBy(found, ({ createdAt }) => createdAt, { limit, place, sort });
  const last = hasMore ? records.at(-1) : undefined;
  const spanMs = Math.abs((records[0]?.createdAt.getTime() ?? 0) - (last?.createdAt.getTime() ?? 0));
  return { records, next: last ? { createdAt: last.createdAt, id: last._id, spanMs } : null };
}

/** A page by the time at which they are, or were, due. */
export function pageByTime(
  found: readonly JobRecord[],
  { limit, after, sort = 'asc' }: { limit: number; after?: TimePlace | undefined; sort?: Direction },
): { records: JobRecord[]; hasMore: boolean } {
  const place = after && { at: after.scheduledAt, id: after.id };
  return pageBy(found, ({ nextRunAt }) => nextRunAt, { limit, place, sort });
}

type Place = { readonly at: Date; readonly id: string };

function pageBy(
  found: readonly JobRecord[],
  timeOf: (record: JobRecord) => Date,
  { limit, place, sort }: { limit: number; place: Place | undefined; sort: 'asc' | 'desc' },
): { records: JobRecord[]; hasMore: boolean } {
  const direction = sort === 'desc' ? -1 : 1;
  const order = (one: Place, other: Place) => direction * byPlace(one, other);
  const placeOf = (record: JobRecord): Place => ({ at: timeOf(record), id: record._id });
  const sorted = found.toSorted((one, other) => order(placeOf(one), placeOf(other)));
  const rest = place ? sorted.filter((record) => order(placeOf(record), place) > 0) : sorted;
  return { records: rest.slice(0, limit), hasMore: rest.length > limit };
}

const byPlace = (one: Place, other: Place): number =>
  one.at.getTime() - other.at.getTime() || (one.id < other.id ? -1 : Number(one.id > other.id));
