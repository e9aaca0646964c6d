import type { mongo } from 'mongoose';
import type { Collections } from './collections.ts';
import { type JobRecord, STATES } from './record.ts';

/** A queue that nobody works any more is asked for as seldom as this: it is a look at the keys of all jobs. */
const LOOK_EVERY_MS = 3_600_000;

/**
 * All queues in which jobs lie: those that this process has jobs for, those that other releases work, and, as far as an
 * hour ago, those that nobody works any more.
 */
export class QueueNames {
  readonly #collections: Pick<Collections, 'jobs' | 'workers'>;
  readonly #names: Set<string>;
  #looking: Promise<void> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @param known those that this process has jobs for */
  constructor(collections: Pick<Collections, 'jobs' | 'workers'>, known: Iterable<string>) {
    this.#collections = collections;
    this.#names = new Set(known);
  }

  /** Every name once, in any order. */
  async all(): Promise<string[]> {
    const workers = await this.#collections.workers.find({}, { projection: { queues: 1 } }).toArray();
    for (const { queues = [] } of workers) for (const queue of queues) this.#names.add(queue);
    if (performance.now() - this.#lookedAt > LOOK_EVERY_MS) await this.#lookForOthers();
    return [...this.#names];
  }

  /** Once for all who ask meanwhile. */
  async #lookForOthers(): Promise<void> {
    this.#looking ??= this.#addOthers().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #addOthers(): Promise<void> {
    const { jobs } = this.#collections;
    for (;;) {
      const others = { state: { $in: [...STATES] }, queue: { $nin: [...this.#names] } } as mongo.Filter<JobRecord>;
      const [one] = await jobs
        .find(others, { projection: { queue: 1 } })
        .limit(1)
        .toArray();
      if (!one) break;
      this.#names.add(one.queue);
    }
    this.#lookedAt = performance.now();
  }
}
