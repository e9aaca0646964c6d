/** Gathers what is asked while an answer is under way, and asks for all of it at once. */
export class Batcher<Item, Answer> {
  readonly #ask: (items: Item[]) => Promise<readonly Answer[]>;
  readonly #maxBatch: number;
  #waiting: { item: Item; resolve(answer: Answer): void; reject(error: unknown): void }[] = [];
  #isAsking = false;

  /** @param ask answers every item, in order; what it throws, all of the batch get. */
  constructor(ask: (items: Item[]) => Promise<readonly Answer[]>, { maxBatch = 1_000 } = {}) {
    this.#ask = ask;
    this.#maxBatch = maxBatch;
  }

  get(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isAsking) void this.#askAll();
    });
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#maxBatch);
      try {
        const answers = await this.#ask(batch.map(({ item }) => item));
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isAsking = false;
  }
}
