import type { AcceptedRow, Collections } from './collections.ts';
import { type JobState, TERMINAL, WAITING } from './record.ts';

/** What was accepted and what became of it, per job name. */
export type LedgerItem = {
  name: string;
  accepted: number;
  succeeded: number;
  failed: number;
  discarded: number;
  cancelled: number;
  live: number;
  /** Records that are not in the journal yet. */
  unjournalled: number;
  /** Accepted without a record + ended twice + live but never to be woken + messages without a record. 0 when all is well. */
  imbalance: number;
};

/** An enqueuer that died between record and journal has answered nobody; its record is journalled after this time. */
const ADOPT_AFTER_MS = 10_000;
const ADOPT_WITHIN_MS = 86_400_000;
const ADOPT_CHUNK = 1_000;

/**
 * Balances the journal of accepted ids against the records. The journal is written apart from the records, so the
 * ledger can fail.
 */
export async function ledgerOf(collections: Collections, names: readonly string[]): Promise<LedgerItem[]> {
  // Journal first: what is accepted meanwhile then only makes records look too many, never too few.
  const journal = new Map(await Promise.all(names.map(async (name) => [name, await collections.accepted.countDocuments({ name })] as const)));
  const states = await statesByName(collections);
  const [twice, asleep, orphans] = await Promise.all([endedTwice(collections), neverWoken(collections), recordMissing(collections)]);
  return names.map((name) => {
    const of = (...wanted: readonly JobState[]) => wanted.reduce((sum, state) => sum + (states.get(`${name} ${state}`) ?? 0), 0);
    const records = of(...WAITING, 'executing', ...TERMINAL);
    const journalled = journal.get(name) ?? 0;
    const missing = Math.max(0, journalled - records);
    return {
      name,
      accepted: Math.max(journalled, records),
      unjournalled: Math.max(0, records - journalled),
      succeeded: of('completed'),
      failed: of('failed'),
      discarded: of('discarded'),
      cancelled: of('cancelled'),
      live: of(...WAITING, 'executing'),
      imbalance: missing + (twice.get(name) ?? 0) + (asleep.get(name) ?? 0) + (orphans.get(name) ?? 0),
    };
  });
}

async function statesByName({ jobs }: Collections): Promise<Map<string, number>> {
  const rows = await jobs.aggregate<{ _id: { name: string; state: string }; jobs: number }>([{ $group: { _id: { name: '$name', state: '$state' }, jobs: { $sum: 1 } } }]).toArray();
  return new Map(rows.map(({ _id, jobs }) => [`${_id.name} ${_id.state}`, jobs]));
}

async function endedTwice({ jobs }: Collections): Promise<Map<string, number>> {
  const rows = await jobs.find({ ends: { $gt: 1 } }, { projection: { name: 1, ends: 1, reopens: 1 } }).toArray();
  return tally(rows.filter(({ ends, reopens }) => ends - reopens > 1));
}

async function neverWoken({ jobs }: Collections): Promise<Map<string, number>> {
  const asleep = { state: { $in: [...WAITING] }, wakeAt: { $exists: false }, dueAt: { $exists: false } };
  const unowned = { state: 'executing' as const, lease: { $exists: false } };
  const rows = await Promise.all([jobs.find(asleep, { projection: { name: 1 } }).toArray(), jobs.find(unowned, { projection: { name: 1 } }).toArray()]);
  return tally(rows.flat());
}

async function recordMissing({ deadLetters }: Collections): Promise<Map<string, number>> {
  const rows = await deadLetters.find({ state: 'open', reason: 'record-missing' }, { projection: { type: 1 } }).toArray();
  return tally(rows.map(({ type }) => ({ name: type.split('@')[0] ?? '' })));
}

function tally(rows: readonly { name: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of rows) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Journals records of the last day whose enqueuer died before it could. @returns how many. */
export async function adoptUnjournalled({ jobs, accepted }: Collections, now: Date): Promise<number> {
  const window = { $gt: new Date(now.getTime() - ADOPT_WITHIN_MS), $lt: new Date(now.getTime() - ADOPT_AFTER_MS) };
  let adopted = 0;
  let chunk: AcceptedRow[] = [];
  const adopt = async () => {
    const known = new Set((await accepted.find({ _id: { $in: chunk.map(({ _id }) => _id) } }).toArray()).map(({ _id }) => _id));
    const fresh = chunk.filter(({ _id }) => !known.has(_id));
    if (fresh.length > 0) adopted += (await accepted.insertMany(fresh, { ordered: false })).insertedCount;
    chunk = [];
  };
  for await (const { _id, name, createdAt } of jobs.find({ createdAt: window }, { projection: { name: 1, createdAt: 1 } })) {
    chunk.push({ _id, name, at: createdAt });
    if (chunk.length === ADOPT_CHUNK) await adopt();
  }
  if (chunk.length > 0) await adopt();
  return adopted;
}
