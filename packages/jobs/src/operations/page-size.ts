const FIRST = 100;
const MOST = 500;
const FEWEST = 10;
/** A page is to take so long: then a wish to cancel is heard soon, progress is seen, and the lease is renewed long before it ends. */
const WANTED_MS = 200;
/** One page tells little about the next, so that a page is at most so many times as large as the one before. */
const MAX_GROWTH = 2;

/** How many items the next page of an operation has, by how long the last one took. */
export class PageSize {
  readonly #sizes = new Map<string, number>();

  /** 100 at first, 10 to 500 later. */
  of(operation: string): number {
    return this.#sizes.get(operation) ?? FIRST;
  }

  /** A page of so many items took so long. */
  took(operation: string, items: number, ms: number): void {
    const fitting = Math.floor((items * WANTED_MS) / Math.max(1, ms));
    // A short page, the last one or one held back by a rate, says nothing against larger ones.
    const largest = Math.max(this.of(operation), items) * MAX_GROWTH;
    this.#sizes.set(operation, Math.min(MOST, largest, Math.max(FEWEST, fitting)));
  }

  forget(operation: string): void {
    this.#sizes.delete(operation);
  }
}
