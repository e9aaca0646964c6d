/** Who waits for a slot in vain for so long gives its job back: another process may have a free one. */
const PATIENCE_MS = 1_000;

type Waiter = (hasSlot: boolean) => void;

/** The runs that a process has at once. Slots are given in the order in which they are asked for. */
export class RunSlots {
  readonly #patienceMs: number;
  readonly #waiting = new Set<Waiter>();
  #count: number;
  #taken = 0;
  #isClosed = false;

  /** @param count at least 1. */
  constructor(count: number, patienceMs = PATIENCE_MS) {
    this.#count = count;
    this.#patienceMs = patienceMs;
  }

  get count(): number {
    return this.#count;
  }

  /** Runs above a smaller number run on. */
  resize(count: number): void {
    this.#count = count;
    this.#pass();
  }

  /** Gives none any more, also to those who wait; what is held is held on. */
  close(): void {
    this.#isClosed = true;
    for (const answer of this.#waiting) answer(false);
  }

  /** A hold on one slot, which is taken and left at most once. */
  hold(onLeft: (heldMs: number) => void = () => undefined): SlotHold {
    let takenAt: number | undefined;
    return {
      take: async (signal) => {
        if (takenAt === undefined && (await this.#take(signal))) takenAt = performance.now();
        return takenAt !== undefined;
      },
      leave: () => {
        if (takenAt === undefined) return;
        onLeft(performance.now() - takenAt);
        takenAt = undefined;
        this.#taken--;
        this.#pass();
      },
    };
  }

  async #take(signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#isClosed || signal?.aborted) return false;
    if (this.#taken >= this.#count || this.#waiting.size > 0) return this.#line(signal);
    this.#taken++;
    return true;
  }

  #line(signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const refuse = () => answer(false);
      const timer = setTimeout(refuse, this.#patienceMs);
      const answer: Waiter = (hasSlot) => {
        this.#waiting.delete(answer);
        clearTimeout(timer);
        signal?.removeEventListener('abort', refuse);
        resolve(hasSlot);
      };
      signal?.addEventListener('abort', refuse, { once: true });
      this.#waiting.add(answer);
    });
  }

  #pass(): void {
    for (const answer of this.#waiting) {
      if (this.#taken >= this.#count) return;
      this.#taken++;
      answer(true);
    }
  }
}

export type SlotHold = {
  /**
   * Waits for a slot, for a second at most and until the signal is aborted. @param signal of the run that is to have it.
   * @returns whether the slot is held.
   */
  take(signal?: AbortSignal): Promise<boolean>;
  leave(): void;
};
