import type { Collections } from '../record/collections.ts';
import type { GateRow, SlotRow } from './gate-row.ts';
import type { Gates } from './gates.ts';
import { spent } from './gcra.ts';

const MOST = 1_000;
const SHOWN_HOLDERS = 100;

/** A limit as people see it. */
export type LimitView = {
  key: string;
  kind: 'concurrency' | 'rate' | 'turn';
  /** At once; for a rate starts per `perMs`. */
  max: number;
  perMs: number | null;
  /** Slots held; for a rate starts that it remembers, at most its burst. */
  used: number;
  waiting: number;
  /** How long the job that was held back first has been waiting, in milliseconds; null when none is. */
  oldestWaitMs: number | null;
  hold: 'attempt' | 'job' | null;
  /** The first hundred. `until` null: until the job ends. */
  holders: { jobId: string; until: string | null }[];
};

/** The limits met lately, at most a thousand, by kind and key. */
export async function limitViews({
  collections,
  gates,
  now,
}: {
  collections: Collections;
  gates: Gates;
  now: Date;
}): Promise<LimitView[]> {
  const rows = await collections.gates.find({}).sort({ _id: 1 }).limit(MOST).toArray();
  const live = await collections.slots.find({ until: { $gt: now } }).toArray();
  const waiting = await collections.waiters
    .aggregate<{ _id: string; waiting: number; since: Date }>([
      { $group: { _id: '$gate', waiting: { $sum: 1 }, since: { $min: '$since' } } },
    ])
    .toArray();
  const holders = Map.groupBy(live, ({ gate }) => gate);
  const waiters = new Map(waiting.map((row) => [row._id, row]));
  return rows.map((row) => {
    const line = waiters.get(row._id);
    return {
      ...viewOf(row, holders.get(row._id) ?? [], gates, now),
      waiting: line?.waiting ?? 0,
      oldestWaitMs: line ? Math.max(0, now.getTime() - line.since.getTime()) : null,
    };
  });
}

function viewOf(
  row: GateRow,
  holders: readonly SlotRow[],
  gates: Gates,
  now: Date,
): Omit<LimitView, 'waiting' | 'oldestWaitMs'> {
  const isRate = row.kind === 'rate';
  return {
    key: row._id.slice(row.kind.length + 1),
    kind: row.kind === 'limit' ? 'concurrency' : row.kind,
    max: gates.widthOf(row),
    perMs: row.perMs ?? null,
    used: isRate ? spent(gates.rateOf(row), row.freeAtMs ?? 0, now.getTime()) : holders.length,
    hold: row.hold ?? null,
    holders: holders.slice(0, SHOWN_HOLDERS).map(({ jobId, until, hold }) => ({
      jobId,
      until: hold === 'attempt' ? until.toISOString() : null,
    })),
  };
}
