import type { Collections } from '../record/collections.ts';
import type { JobPlace } from '../record/job-place.ts';
import { listJobs } from '../record/job-queries.ts';
import { jobsOf, type OperationRow } from './operation.ts';

/** Looked up at once: finding a page may cost more than changing it. */
const PAGES = 6;

type Found = { readonly keys: readonly { id: string; createdAt: Date }[]; readonly next: JobPlace | null };

/** Finds the pages of operations, a few at a time. What moves on meanwhile is judged anew when its page is worked off. */
export class PagesAhead {
  readonly #collections: Collections;
  /** By operation: what comes behind the page that was given out last. */
  readonly #found = new Map<string, Found>();

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /** The next page behind a place; `next` is null on the last. */
  async page(row: OperationRow, limit: number, after?: JobPlace): Promise<{ ids: string[]; next: JobPlace | null }> {
    const found = this.#found.get(row._id) ?? (await this.#find(row, limit, after));
    const page = found.keys.slice(0, limit);
    const rest = found.keys.slice(limit);
    if (rest.length > 0) this.#found.set(row._id, { keys: rest, next: found.next });
    else this.#found.delete(row._id);
    const last = page.at(-1);
    return { ids: page.map(({ id }) => id), next: rest.length > 0 && last ? last : found.next };
  }

  /** The operation is somebody else's now, or over. */
  forget(id: string): void {
    this.#found.delete(id);
  }

  async #find(row: OperationRow, limit: number, after: JobPlace | undefined): Promise<Found> {
    const wish = { limit: limit * PAGES, sort: 'asc', after, isKeysOnly: true } as const;
    const { records, next } = await listJobs(this.#collections, jobsOf(row), wish);
    return { keys: records.map(({ _id, createdAt }) => ({ id: _id, createdAt })), next };
  }
}
