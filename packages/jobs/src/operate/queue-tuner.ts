import type { Broker } from '../broker/broker.ts';
import type { Runner } from '../run/runner.ts';
import type { QueueSettings } from './queue-settings.ts';

type Parts = {
  settings: QueueSettings;
  broker: Broker;
  runner: Runner;
  /** Queues worked in this process. */
  consumed: readonly string[];
  /** Runs at once in this process. */
  slots: number;
  takesQuarantine: boolean;
};

/** Makes this process work its queues as their settings say, at once and while it runs. */
export class QueueTuner {
  readonly #parts: Parts;
  readonly #prefetches = new Map<string, number>();
  #slots: number;
  #isQuiet = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#slots = parts.slots;
  }

  get slots(): number {
    return this.#slots;
  }

  /**
   * Takes as many messages in hand as the queue may have here; nothing while it is paused. When they become fewer, what was delivered
   * and not begun is given back after the broker goes by the new measure: given back before, it would come again at once.
   */
  async apply(queue: string): Promise<void> {
    const { settings, broker, runner, consumed, takesQuarantine } = this.#parts;
    if (takesQuarantine) void broker.tuneQuarantine(!this.#isQuiet && settings.isKnown);
    if (!consumed.includes(queue)) return;
    runner.review(this.#slots);
    const prefetch = this.#prefetch(queue);
    const isLess = prefetch < (this.#prefetches.get(queue) ?? 0);
    this.#prefetches.set(queue, prefetch);
    await broker.tune(queue, prefetch);
    if (isLess || prefetch === 0) runner.giveBack(queue);
  }

  /** Goes by what the runner takes in hand now. */
  async retune(): Promise<void> {
    await this.#applyAll();
  }

  /** Changes how many runs this process has at once; those under way above it run on. */
  async resize(slots: number): Promise<void> {
    this.#slots = slots;
    await this.#applyAll();
  }

  /** Takes no more work, for good; what runs, runs on. */
  async quiet(): Promise<void> {
    this.#isQuiet = true;
    await this.#applyAll();
  }

  async #applyAll(): Promise<void> {
    await Promise.all(this.#parts.consumed.map((queue) => this.apply(queue)));
  }

  #prefetch(queue: string): number {
    const { settings, runner } = this.#parts;
    const { paused, concurrency } = settings.of(queue);
    if (this.#isQuiet || paused || !settings.isKnown) return 0;
    return Math.min(runner.inHand, concurrency ?? Number.POSITIVE_INFINITY);
  }
}
