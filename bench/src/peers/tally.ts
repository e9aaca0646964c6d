import type { Ran } from './messages.ts';

/** What has run. A job that comes twice counts once, by its first time: those whom nothing keeps from it do run some twice. */
export class Tally {
  readonly #ran = new Map<number, Ran>();
  #wanted = Number.POSITIVE_INFINITY;
  #reached = Promise.withResolvers<void>();

  add(ran: readonly Ran[]): void {
    for (const one of ran) if (!this.#ran.has(one[0])) this.#ran.set(one[0], one);
    if (this.#ran.size >= this.#wanted) this.#reached.resolve();
  }

  get size(): number {
    return this.#ran.size;
  }

  /** Resolves when so many have run. */
  reached(count: number): Promise<void> {
    this.#wanted = count;
    this.#reached = Promise.withResolvers<void>();
    this.add([]);
    return this.#reached.promise;
  }

  /** In the order in which they started. */
  inOrder(): Ran[] {
    return [...this.#ran.values()].toSorted((one, other) => one[1] - other[1]);
  }
}
