import type { Collections } from '../record/collections.ts';
import { TERMINAL } from '../record/record.ts';
import { type EndCounts, totalId } from './archive-rows.ts';

/** What the archive stands for at one moment. */
export type Archived = {
  /** Per job name. */
  counts: ReadonlyMap<string, EndCounts>;
  /** Chunks that are counted and whose records may still be there: these are not to be counted again. */
  chunks: readonly { id: string; ids: readonly string[] }[];
};

/** Totals, and what chunks hold that are counted and not added up yet. */
export async function readArchived({ archives, totals }: Collections): Promise<Archived> {
  const chunks = await archives.find({ state: 'counted' }, { projection: { wanted: 0 } }).toArray();
  const rows = await totals
    .aggregate<{ _id: string } & EndCounts>([
      { $group: { _id: '$name', ...Object.fromEntries(TERMINAL.map((state) => [state, { $sum: `$${state}` }])) } },
    ])
    .toArray();
  const counts = new Map<string, EndCounts>(rows.map(({ _id, ...sums }) => [_id, sums]));
  for (const chunk of chunks) {
    const added = await totals
      .find({ _id: { $in: chunk.totals.map(totalId) }, chunks: chunk._id }, { projection: { _id: 1 } })
      .toArray();
    const isAdded = new Set(added.map(({ _id }) => _id));
    for (const total of chunk.totals) if (!isAdded.has(totalId(total))) counts.set(total.name, plus(counts, total));
  }
  return { counts, chunks: chunks.map(({ _id, ids }) => ({ id: _id, ids })) };
}

/** Of chunks whose records are not counted any more, how many are still in the journal, per name. */
export async function stillJournalled(
  { accepted }: Collections,
  { chunks }: Archived,
): Promise<ReadonlyMap<string, number>> {
  const ids = chunks.flatMap((chunk) => chunk.ids);
  const rows = ids.length > 0 ? await accepted.find({ _id: { $in: ids } }, { projection: { name: 1 } }).toArray() : [];
  const counts = new Map<string, number>();
  for (const { name } of rows) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function plus(counts: ReadonlyMap<string, EndCounts>, total: EndCounts & { name: string }): EndCounts {
  const so = counts.get(total.name);
  const sum = (state: keyof EndCounts) => (so?.[state] ?? 0) + total[state];
  return {
    completed: sum('completed'),
    failed: sum('failed'),
    discarded: sum('discarded'),
    cancelled: sum('cancelled'),
  };
}
