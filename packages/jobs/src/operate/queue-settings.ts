import type { mongo } from 'mongoose';
import { QUARANTINE_CRASHES } from '../broker/dispatcher.ts';
import type { BrokerLane } from '../broker/topology.ts';
import type { Collections } from '../record/collections.ts';
import type { QueueSettingsRow } from '../record/queue-rows.ts';
import type { JobRecord } from '../record/record.ts';
import type { Share } from '../run/lanes.ts';

/** What the service declares of a queue; what people set instead is kept in the database. */
export type QueueDefaults = {
  /** Runs of the queue at once in one process. Default: as many as the process has slots. */
  readonly concurrency?: number;
  /** Against the other queues of the process, above 0. Default 1. */
  readonly weight?: number;
  /** Of its lanes against each other, above 0. Default hi 5, std 3, retry 2, lo 1. */
  readonly weights?: Partial<Record<BrokerLane, number>>;
};

/** How a queue is to be worked, by everybody. */
export type QueueRule = {
  readonly paused: boolean;
  readonly drainingSince: Date | null;
  /** Null: as many as a process has slots. */
  readonly concurrency: number | null;
  readonly weight: number;
  readonly weights: Readonly<Record<BrokerLane, number>>;
  /** Limits set here instead of the declared ones, by their keys. */
  readonly limits: Readonly<Record<string, number>>;
  /** 0: nobody has ever changed it. */
  readonly revision: number;
  readonly updatedAt: Date | null;
  readonly updatedBy: string | null;
};

const LANE_WEIGHTS = { hi: 5, std: 3, retry: 2, lo: 1 } as const;

type Parts = {
  collections: Collections;
  queues: readonly string[];
  defaults: Readonly<Record<string, QueueDefaults>>;
  /** Called for every queue whose rule may have changed. */
  onChange(queue: string): void;
};

/** The settings of all queues as this process knows them: read at the start, in each sweep, and whenever a hint says so. */
export class QueueSettings {
  readonly #parts: Parts;
  #rows = new Map<string, QueueSettingsRow>();
  #rules = new Map<string, QueueRule>();
  #reading: Promise<void> | undefined;
  #isKnown = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    for (const queue of parts.queues) this.#rules.set(queue, ruleOf(parts.defaults[queue], undefined));
  }

  /** Whether they have been read: before that a queue may be paused without this process knowing. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** @throws when the database does not answer; what was known stays. */
  async refresh(): Promise<void> {
    // Whoever asks while somebody reads wants what is true now, not what was when that began.
    await this.#reading?.catch(() => undefined);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  of(queue: string): QueueRule {
    return this.#rules.get(queue) ?? ruleOf(undefined, undefined);
  }

  rowOf(queue: string): QueueSettingsRow | undefined {
    return this.#rows.get(queue);
  }

  /** For the choice of what runs next. */
  shareOf(queue: string): Share {
    const { paused, concurrency, weight, weights } = this.of(queue);
    return { isPaused: paused, concurrency: concurrency ?? Number.POSITIVE_INFINITY, weight, weights };
  }

  /** The limit that holds for a key: what a person has set for the queue, else what is declared. */
  maxOf(queue: string, key: string, declared: number): number {
    return this.of(queue).limits[key] ?? declared;
  }

  /** Whether a job gets no message now: it came after the call to drain its queue, or is a suspect of a paused one. */
  holdsBack({ queue, createdAt, crashes }: Pick<JobRecord, 'queue' | 'createdAt' | 'crashes'>): boolean {
    const { paused, drainingSince } = this.of(queue);
    if (paused) return crashes >= QUARANTINE_CRASHES;
    return drainingSince !== null && createdAt > drainingSince;
  }

  /** What a job must be to be begun, beyond being due. @param queue undefined: suspects, whose messages share one queue. */
  claimable(queue: string | undefined): mongo.Filter<JobRecord> {
    if (queue !== undefined) {
      const { paused, drainingSince } = this.of(queue);
      return drainingSince && !paused ? { createdAt: { $lte: drainingSince } } : {};
    }
    const paused = this.#parts.queues.filter((name) => this.of(name).paused);
    return paused.length > 0 ? { queue: { $nin: paused } } : {};
  }

  async #read(): Promise<void> {
    const { collections, queues, defaults, onChange } = this.#parts;
    const rows = await collections.queueSettings.find({ _id: { $in: [...queues] } }).toArray();
    const isFirst = !this.#isKnown;
    const before = this.#rows;
    this.#rows = new Map(rows.map((row) => [row._id, row]));
    this.#isKnown = true;
    for (const queue of queues) {
      const row = this.#rows.get(queue);
      if (!isFirst && row?.revision === before.get(queue)?.revision) continue;
      this.#rules.set(queue, ruleOf(defaults[queue], row));
      onChange(queue);
    }
  }
}

/** What holds: what a person has set, else what is declared, else what is usual. */
function ruleOf(declared: QueueDefaults | undefined, row: QueueSettingsRow | undefined): QueueRule {
  return {
    paused: row?.paused ?? false,
    drainingSince: row?.drainingSince ?? null,
    concurrency: row?.concurrency ?? declared?.concurrency ?? null,
    weight: row?.weight ?? declared?.weight ?? 1,
    weights: { ...LANE_WEIGHTS, ...declared?.weights, ...row?.weights },
    limits: Object.fromEntries((row?.limits ?? []).map(({ key, max }) => [key, max])),
    revision: row?.revision ?? 0,
    updatedAt: row?.updatedAt ?? null,
    updatedBy: row?.updatedBy ?? null,
  };
}
