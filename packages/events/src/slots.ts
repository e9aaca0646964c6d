/** A bounded number of things at work. */
export class Slots {
  readonly #size: number;
  readonly #running = new Set<Promise<void>>();

  constructor(size: number) {
    this.#size = size;
  }

  get free(): number {
    return this.#size - this.#running.size;
  }

  /** Never blocks: look at `free` first. `work` must not reject. Resolves when the slot is free again. */
  run(work: () => Promise<unknown>): Promise<void> {
    const running = work().then(() => {
      this.#running.delete(running);
    });
    this.#running.add(running);
    return running;
  }

  /** Resolves when at least one slot is free. */
  async whenFree(): Promise<void> {
    while (this.free <= 0) await Promise.race(this.#running);
  }

  /** Resolves when nothing is at work. */
  async whenIdle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
