import { isDeepStrictEqual } from 'node:util';
import type { AcceptedRow, Collections } from '../record/collections.ts';
import { EVERY_JOB } from '../record/labels.ts';
import { type JobState, TERMINAL, WAITING } from '../record/record.ts';
import { type Archived, readArchived, stillJournalled } from './archived.ts';

/** What was accepted and what became of it, per job name. */
export type LedgerItem = {
  name: string;
  accepted: number;
  succeeded: number;
  failed: number;
  discarded: number;
  cancelled: number;
  live: number;
  /** Of these, ended jobs that are only counted any more. */
  archived: number;
  /** Records that are not in the journal yet. */
  unjournalled: number;
  /**
   * Accepted without a record + ended twice + live but never to be woken + messages without a record, of which at most a
   * thousand are counted. 0 when all is well.
   */
  imbalance: number;
};

/** An enqueuer that died between record and journal has answered nobody; its record is journalled after this time. */
const ADOPT_AFTER_MS = 10_000;
const ADOPT_WITHIN_MS = 86_400_000;
const ADOPT_CHUNK = 1_000;
/** Messages without a record that are counted of a job name: more are no other alarm. */
const MAX_ORPHANS = 1_000;
const MAX_TRIES = 5;

/**
 * Balances the journal of accepted ids against the records. The journal is written apart from the records, so the
 * ledger can fail.
 */
export async function ledgerOf(
  collections: Collections,
  names: readonly string[],
  lost: ReadonlyMap<string, number> = new Map(),
): Promise<LedgerItem[]> {
  for (let tries = 1; ; tries++) {
    const archived = await readArchived(collections);
    const items = await balance(collections, names, lost, archived);
    // Archiving meanwhile moves what is counted from one place to another: look again.
    if (tries === MAX_TRIES || isDeepStrictEqual(archived, await readArchived(collections))) return items;
  }
}

async function balance(
  collections: Collections,
  names: readonly string[],
  lost: ReadonlyMap<string, number>,
  archived: Archived,
): Promise<LedgerItem[]> {
  const leaving = await stillJournalled(collections, archived);
  // Journal first: what is accepted meanwhile then only makes records look too many, never too few.
  const journal = new Map(
    await Promise.all(names.map(async (name) => [name, await collections.accepted.countDocuments({ name })] as const)),
  );
  const { states, twice, asleep } = await recordsByName(collections, archived);
  const orphans = await recordMissing(collections, names);
  return names.map((name) => {
    const of = (...wanted: readonly JobState[]) =>
      wanted.reduce((sum, state) => sum + (states.get(`${name} ${state}`) ?? 0), 0);
    const records = of(...WAITING, 'executing', ...TERMINAL);
    const journalled = (journal.get(name) ?? 0) - (leaving.get(name) ?? 0);
    const old = archived.counts.get(name) ?? { completed: 0, failed: 0, discarded: 0, cancelled: 0 };
    const away = old.completed + old.failed + old.discarded + old.cancelled;
    const missing = Math.max(0, journalled - records, lost.get(name) ?? 0);
    return {
      name,
      accepted: Math.max(journalled, records) + away,
      unjournalled: Math.max(0, records - journalled),
      succeeded: of('completed') + old.completed,
      failed: of('failed') + old.failed,
      discarded: of('discarded') + old.discarded,
      cancelled: of('cancelled') + old.cancelled,
      archived: away,
      live: of(...WAITING, 'executing'),
      imbalance: missing + (twice.get(name) ?? 0) + (asleep.get(name) ?? 0) + (orphans.get(name) ?? 0),
    };
  });
}

/** One pass over the records: how many are in which state, ended twice, or wait for a call that will never come. */
async function recordsByName(
  { jobs }: Collections,
  { chunks }: Archived,
): Promise<{ states: Map<string, number>; twice: Map<string, number>; asleep: Map<string, number> }> {
  const isSet = (path: string) => ({ $ne: [{ $type: `$${path}` }, 'missing'] });
  const endedTwice = { $gt: [{ $subtract: ['$ends', '$reopens'] }, 1] };
  const waits = { $and: [{ $in: ['$state', [...WAITING]] }, { $not: [isSet('wakeAt')] }, { $not: [isSet('dueAt')] }] };
  const unowned = { $and: [{ $eq: ['$state', 'executing'] }, { $not: [isSet('lease')] }] };
  const rows = await jobs
    .aggregate<{ _id: { name: string; state: string }; jobs: number; twice: number; asleep: number }>([
      ...(chunks.length > 0 ? [{ $match: { archivedBy: { $nin: chunks.map(({ id }) => id) } } }] : []),
      {
        $group: {
          _id: { name: '$name', state: '$state' },
          jobs: { $sum: 1 },
          twice: { $sum: { $cond: [endedTwice, 1, 0] } },
          asleep: { $sum: { $cond: [{ $or: [waits, unowned] }, 1, 0] } },
        },
      },
    ])
    .toArray();
  const sumBy = (field: 'twice' | 'asleep') =>
    tally(rows.map(({ _id, [field]: count }) => ({ name: _id.name, count })));
  return {
    states: new Map(rows.map(({ _id, jobs }) => [`${_id.name} ${_id.state}`, jobs])),
    twice: sumBy('twice'),
    asleep: sumBy('asleep'),
  };
}

/** A message names its job by `<name>@<version>`, or one of a stranger's by the name alone. */
async function recordMissing({ deadLetters }: Collections, names: readonly string[]): Promise<Map<string, number>> {
  const counted = names.map(async (name) => {
    const open = { state: 'open', reason: 'record-missing' } as const;
    const ofName = { $or: [{ type: name }, { type: { $gte: `${name}@`, $lt: `${name}A` } }] };
    return [name, await deadLetters.countDocuments({ ...open, ...ofName }, { limit: MAX_ORPHANS })] as const;
  });
  return new Map(await Promise.all(counted));
}

function tally(rows: readonly { name: string; count: number }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name, count } of rows) counts.set(name, (counts.get(name) ?? 0) + count);
  return counts;
}

/** Journals records of the last day whose enqueuer died before it could. @returns how many. */
export async function adoptUnjournalled({ jobs, accepted }: Collections, now: Date): Promise<number> {
  const window = { $gt: new Date(now.getTime() - ADOPT_WITHIN_MS), $lt: new Date(now.getTime() - ADOPT_AFTER_MS) };
  let adopted = 0;
  let chunk: AcceptedRow[] = [];
  const adopt = async () => {
    const known = new Set(
      (await accepted.find({ _id: { $in: chunk.map(({ _id }) => _id) } }).toArray()).map(({ _id }) => _id),
    );
    const fresh = chunk.filter(({ _id }) => !known.has(_id));
    if (fresh.length > 0) adopted += (await accepted.insertMany(fresh, { ordered: false })).insertedCount;
    chunk = [];
  };
  for await (const { _id, name, createdAt } of jobs.find(
    { labels: EVERY_JOB, createdAt: window },
    { projection: { name: 1, createdAt: 1 } },
  )) {
    chunk.push({ _id, name, at: createdAt });
    if (chunk.length === ADOPT_CHUNK) await adopt();
  }
  if (chunk.length > 0) await adopt();
  return adopted;
}
