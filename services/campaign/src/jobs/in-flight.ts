/** Tasks that run side by side, a few at a time. Whoever waits for them also waits for those that go on after a failure. */
export class InFlight {
  readonly #limit: number;
  readonly #tasks = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Begins a task as soon as there is room. @throws what an earlier task threw; nothing is begun then. */
  async add(task: () => Promise<void>): Promise<void> {
    while (this.#tasks.size >= this.#limit) await Promise.race(this.#tasks);
    this.#throwFailure();
    const running = task()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#tasks.delete(running));
    this.#tasks.add(running);
  }

  /** Resolves when nothing runs any more. @throws what the first failed task threw. */
  async end(): Promise<void> {
    await Promise.all(this.#tasks);
    this.#throwFailure();
  }

  /** Waits without throwing, for who has failed already. */
  async quiet(): Promise<void> {
    await Promise.all(this.#tasks);
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
