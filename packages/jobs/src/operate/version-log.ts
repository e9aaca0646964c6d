import type { Collections, VersionRow } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';

/** Since when a version of the service has run. */
export type VersionView = { readonly id: string; readonly version: string; readonly at: Date };

type Parts = { collections: Collections; clock: DatabaseClock; version: string };

/** At most so many are shown, the latest. */
const SHOWN = 100;

/** Which version has run since when: a deployment as the service sees it, also one that leads back to an older version. */
export class VersionLog {
  readonly #parts: Parts;
  #isNoted = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Notes this process's version, unless the latest note is of it already. A process does so once. */
  async note(): Promise<void> {
    if (this.#isNoted) return;
    const { collections, clock, version } = this.#parts;
    const latest = await collections.versions.find({}).sort({ _id: -1 }).limit(1).next();
    if (latest?.version !== version) {
      const isOurs = await inserted(collections, { _id: (latest?._id ?? 0) + 1, version, at: clock.now() });
      // Another process was first with this number; the next sweep sees whether with the same version.
      if (!isOurs) return;
    }
    this.#isNoted = true;
  }

  /** Oldest first. @param from of all times by default. */
  async since(from?: Date): Promise<VersionView[]> {
    const rows = await this.#parts.collections.versions
      .find(from ? { at: { $gte: from } } : {})
      .sort({ _id: -1 })
      .limit(SHOWN)
      .toArray();
    return rows.reverse().map(({ _id, version, at }) => ({ id: `${_id}`, version, at }));
  }
}

async function inserted({ versions }: Collections, row: VersionRow): Promise<boolean> {
  try {
    await versions.insertOne(row);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
