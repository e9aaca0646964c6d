import type { mongo } from 'mongoose';
import type { Collections, DeadLetterRow } from '../record/collections.ts';
import type { LetterFilter } from './operation.ts';

/** How many open messages and events a replay is for. */
export function countLetters({ deadLetters }: Collections, filter: LetterFilter, before: Date): Promise<number> {
  return filter.source === 'job' ? Promise.resolve(0) : deadLetters.countDocuments(openLetters(filter, before));
}

/** The next ones behind a letter, in the order of their ids. */
export async function letterPage(
  { deadLetters }: Collections,
  filter: LetterFilter,
  { before, limit, after }: { before: Date; limit: number; after: string | undefined },
): Promise<{ ids: string[]; cursor: { letter: string } | null }> {
  if (filter.source === 'job') return { ids: [], cursor: null };
  const rows = await deadLetters
    .find(
      { ...openLetters(filter, before), ...(after !== undefined && { _id: { $gt: after } }) },
      { projection: { _id: 1 } },
    )
    .sort({ _id: 1 })
    .limit(limit + 1)
    .toArray();
  const ids = rows.slice(0, limit).map(({ _id }) => _id);
  const last = rows.length > limit ? ids.at(-1) : undefined;
  return { ids, cursor: last === undefined ? null : { letter: last } };
}

/** The job of a message stands before its version. */
function openLetters({ fingerprint, name, source }: LetterFilter, before: Date): mongo.Filter<DeadLetterRow> {
  return {
    state: 'open',
    lastAt: { $lt: before },
    ...(fingerprint && { fingerprint }),
    ...(source && { source: source as 'message' | 'event' }),
    ...(name && { type: { $regex: `^${name.replaceAll(/[^\w-]/g, '\\$&')}(@\\d+)?$` } }),
  };
}
