import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api';

type Waiting<Item, Answer> = {
  readonly item: Item;
  readonly trace: Context;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
};

/** The first of a rush waits no longer for the others. */
const GATHER_MS = 25;

/** Gathers what is asked while an answer is under way, and asks for all of it at once. */
export class Batcher<Item, Answer> {
  readonly #ask: (items: Item[]) => Promise<readonly Answer[]>;
  readonly #maxBatch: number;
  readonly #tracesOne: boolean;
  #waiting: Waiting<Item, Answer>[] = [];
  #isAsking = false;

  /**
   * @param ask answers every item, in order; what it throws, all of the batch get. @param tracesOne who asks alone has the answering in
   *   their trace, what is done for many is in no one's; default false: `ask` sees to it.
   */
  constructor(
    ask: (items: Item[]) => Promise<readonly Answer[]>,
    { maxBatch = 1_000, tracesOne = false }: { maxBatch?: number; tracesOne?: boolean } = {},
  ) {
    this.#ask = ask;
    this.#maxBatch = maxBatch;
    this.#tracesOne = tracesOne;
  }

  get(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, trace: context.active(), resolve, reject });
      if (!this.#isAsking) void this.#askAll();
    });
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    await this.#untilNobodyComes();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#maxBatch);
      try {
        const answers = await this.#answer(batch);
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isAsking = false;
  }

  /** In a rush the first ones would be asked for alone, and all others behind them. Who comes without end is not waited for. */
  async #untilNobodyComes(): Promise<void> {
    const begunAt = performance.now();
    const hasTime = () => this.#waiting.length < this.#maxBatch && performance.now() - begunAt < GATHER_MS;
    for (let seen = 0; seen < this.#waiting.length && hasTime(); ) {
      seen = this.#waiting.length;
      await new Promise(setImmediate);
    }
  }

  #answer(batch: readonly Waiting<Item, Answer>[]): Promise<readonly Answer[]> {
    const ask = () => this.#ask(batch.map(({ item }) => item));
    if (!this.#tracesOne) return ask();
    const [first, ...others] = batch;
    return context.with(first && others.length === 0 ? first.trace : ROOT_CONTEXT, ask);
  }
}

const TOGETHER = 200;

/** What is asked while the database is at it is asked together next, two hundred at most; who asks alone has it in their trace. */
export const together = <Item, Answer>(ask: (items: Item[]) => Promise<readonly Answer[]>): Batcher<Item, Answer> =>
  new Batcher(ask, { maxBatch: TOGETHER, tracesOne: true });
