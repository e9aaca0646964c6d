import type { Collections } from '../record/collections.ts';

const CHUNK = 1_000;
const MAX_LOST = 1_000;

/**
 * Holds the journal against the records id by id, a thousand at a time and round and round: a lost record cannot hide
 * behind one that was never journalled, as it can in sums.
 */
export class JournalAudit {
  readonly #collections: Collections;
  readonly #lost = new Map<string, string>();
  #after = '';

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /** Ids that are journalled and have no record, per job name. */
  get lost(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const name of this.#lost.values()) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
  }

  /** Looks at the next chunk, and again at what was missing before. */
  async step(): Promise<void> {
    const { accepted } = this.#collections;
    const chunk = await accepted
      .find({ _id: { $gt: this.#after } })
      .sort({ _id: 1 })
      .limit(CHUNK)
      .toArray();
    this.#after = chunk.length < CHUNK ? '' : (chunk.at(-1)?._id ?? '');
    const suspects = await this.#withoutRecord([...chunk.map(({ _id }) => _id), ...this.#lost.keys()]);
    // Archive and deletion take the journal first: whoever is there no more was not lost.
    const still = await accepted.find({ _id: { $in: suspects } }).toArray();
    this.#lost.clear();
    for (const { _id, name } of still.slice(0, MAX_LOST)) this.#lost.set(_id, name);
  }

  async #withoutRecord(ids: readonly string[]): Promise<string[]> {
    const records = this.#collections.jobs.find({ _id: { $in: [...ids] } }, { projection: { _id: 1 } });
    const found = new Set((await records.toArray()).map(({ _id }) => _id));
    return ids.filter((id) => !found.has(id));
  }
}
