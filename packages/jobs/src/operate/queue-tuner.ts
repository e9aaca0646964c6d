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
   * Takes as many messages in hand as the queue may run here; nothing while it is paused. What was delivered and not
   * begun is given back then, after the broker has stopped delivering: given back before, it would come again at once.
   */
  async apply(queue: string): Promise<void> {
    const { settings, broker, runner, consumed, takesQuarantine } = this.#parts;
    if (takesQuarantine) void broker.tuneQuarantine(!this.#isQuiet && settings.isKnown);
    if (!consumed.includes(queue)) return;
    runner.review(this.#slots);
    const prefetch = this.#prefetch(queue);
    await broker.tune(queue, prefetch);
    if (prefetch === 0) runner.giveBack(queue);
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
    const { settings } = this.#parts;
    const { paused, concurrency } = settings.of(queue);
    return this.#isQuiet || paused || !settings.isKnown ? 0 : Math.min(this.#slots, concurrency ?? this.#slots);
  }
}
