import type { Broker } from '../broker/broker.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { WAITING } from '../record/record.ts';
import { OldestDue } from './oldest-due.ts';
import { type QueueDesk, unknownQueue } from './queue-desk.ts';
import type { QueueHistory, Rates } from './queue-history.ts';
import type { QueueRule, QueueSettings } from './queue-settings.ts';

/** A queue as people see it; counts come from the records, `lanes` from the broker (null while it is away). */
export type QueueView = {
  name: string;
  /** Due and not running. */
  ready: number;
  running: number;
  /** Waiting for their time: scheduled, or between two attempts. */
  later: number;
  /** How long the oldest due job has been due, in milliseconds; null when none is. */
  oldestWaitMs: number | null;
  lanes: Record<string, number> | null;
  paused: boolean;
  /** Jobs accepted until then are worked off, so many of them are left; null when the queue is not being drained. */
  draining: { since: Date; left: number } | null;
  jobs: string[];
  /** Per minute, over the last minute. */
  rates: Rates;
} & Omit<QueueRule, 'paused' | 'drainingSince'>;

type Parts = {
  collections: Collections;
  clock: DatabaseClock;
  broker: Broker;
  settings: QueueSettings;
  desk: QueueDesk;
  history: QueueHistory;
  jobsByQueue: ReadonlyMap<string, readonly string[]>;
};

/** Reads queues from the records. */
export class QueueViews {
  readonly #parts: Parts;
  readonly #oldest: OldestDue;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#oldest = new OldestDue(parts.collections);
  }

  all(): Promise<QueueView[]> {
    return Promise.all([...this.#parts.jobsByQueue.keys()].map((name) => this.one(name)));
  }

  /** @throws JobsError `queue-not-found`. */
  async one(name: string): Promise<QueueView> {
    const { broker, settings, history } = this.#parts;
    const names = this.known(name);
    await settings.refresh();
    const { drainingSince, paused, ...rule } = settings.of(name);
    const [backlog, depth, rates, draining] = await Promise.all([
      this.backlog(name),
      broker.depthOf(name),
      history.rates(name),
      paused ? null : this.#draining(name, drainingSince),
    ]);
    return { name, ...backlog, lanes: depth?.byLane ?? null, paused, draining, jobs: [...names], rates, ...rule };
  }

  /** The jobs of a queue. @throws JobsError `queue-not-found`. */
  known(name: string): readonly string[] {
    const { jobsByQueue } = this.#parts;
    const names = jobsByQueue.get(name);
    if (!names) throw unknownQueue(name, [...jobsByQueue.keys()]);
    return names;
  }

  async #draining(name: string, since: Date | null): Promise<QueueView['draining']> {
    return since && { since, left: await this.#parts.desk.left(name, since) };
  }

  /** Every count and the oldest wait come from one index. */
  async backlog(queue: string): Promise<Pick<QueueView, 'ready' | 'running' | 'later' | 'oldestWaitMs'>> {
    const { jobs } = this.#parts.collections;
    const now = this.#parts.clock.now();
    // The plain command: as an aggregation a count takes twice as long on some stores. Exact where nothing is sharded.
    const waiting = async (nextRunAt: { $lte: Date } | { $gt: Date }) =>
      sum(await Promise.all(WAITING.map((state) => jobs.count({ state, queue, nextRunAt }))));
    const [ready, later, running, oldest] = await Promise.all([
      waiting({ $lte: now }),
      waiting({ $gt: now }),
      jobs.count({ state: 'executing', queue }),
      Promise.all(WAITING.map((state) => this.#oldest.of(queue, state, now))),
    ]);
    const since = Math.min(...oldest.map((at) => at?.getTime() ?? Number.POSITIVE_INFINITY));
    return {
      ready,
      running,
      later,
      oldestWaitMs: Number.isFinite(since) ? Math.max(0, now.getTime() - since) : null,
    };
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
