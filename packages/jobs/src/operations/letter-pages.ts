import type { mongo } from 'mongoose';
import type { DeadLetterDesk } from '../dead-letters/dead-letter-desk.ts';
import type { Collections, DeadLetterRow } from '../record/collections.ts';
import { isNotNow } from '../record/outage.ts';
import { asError, JobsError } from '../runtime/errors.ts';
import type { Tally } from './job-pages.ts';
import type { LetterFilter, OperationRow, Problem } from './operation.ts';

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

/**
 * Replays the letters of an operation's page, one after the other: events in the order of their letters, and replaying a
 * message twice is one command. Stops where the lease is lost: whoever has it goes on there.
 */
export async function replayPage(
  { collections: { deadLetters }, desk }: { collections: Collections; desk: DeadLetterDesk },
  { page, before }: OperationRow,
  lease: { readonly isLost: boolean },
): Promise<Tally> {
  const tally: Tally = { done: 0, skipped: 0, problems: [] };
  for (const id of page) {
    if (lease.isLost) break;
    const letter = await deadLetters.findOne({ _id: id }, { projection: { state: 1, lastAt: 1 } });
    if (letter?.state === 'replayed') tally.done++;
    // Decided upon, deleted or buried anew meanwhile.
    else if (letter?.state !== 'open' || letter.lastAt >= before) tally.skipped++;
    else await replay(desk, id, tally);
  }
  return tally;
}

async function replay(desk: DeadLetterDesk, id: string, tally: Tally): Promise<void> {
  try {
    await desk.replay(id);
    tally.done++;
  } catch (error) {
    const problem = problemOf(id, error);
    if (problem.code === 'dead-letter-not-found') tally.skipped++;
    else tally.problems.push(problem);
  }
}

/** @throws what only says "not now". */
function problemOf(id: string, error: unknown): Problem {
  if (isNotNow(error)) throw error;
  return { id, code: error instanceof JobsError ? error.code : 'internal', detail: asError(error).message };
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
