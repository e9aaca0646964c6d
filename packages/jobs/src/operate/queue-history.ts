import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import type { MinuteCounts, QueueMinuteRow } from '../record/queue-rows.ts';
import type { Tally } from './tally.ts';

const MINUTE_MS = 60_000;
/** Older minutes are deleted: three days are kept, each beside the same day of the week before. */
const HISTORY_MS = 10 * 86_400_000;

const SUMS = ['enqueued', 'started', 'completed', 'failed', 'discarded', 'cancelled', 'retried', 'snoozed'] as const;

/** `ended` sums the four ends; `waitMs` and `runMs` are means. */
export const HISTORY_METRICS = [...SUMS, 'ended', 'waitMs', 'waitMsMax', 'runMs', 'runMsMax', 'backlog'] as const;
export type HistoryMetric = (typeof HISTORY_METRICS)[number];

export type HistoryWish = {
  metric: HistoryMetric;
  /** Default: an hour before `to`. Never more than ten days ago. */
  from?: Date | undefined;
  /** Not included. Default now. */
  to?: Date | undefined;
  /** Whole minutes. Default one. */
  stepMs?: number | undefined;
};

/** Points at the beginnings of their steps. Counts of steps without anything are 0, means and gauges null. */
export type History = {
  readonly metric: HistoryMetric;
  readonly stepMs: number;
  readonly points: readonly { readonly at: Date; readonly value: number | null }[];
};

export type Rates = { enqueued: number; started: number; ended: number };

type Parts = {
  collections: Collections;
  clock: DatabaseClock;
  tally: Tally;
  owner: string;
  queues: readonly string[];
  /** Due and running jobs of a queue. */
  backlogOf(queue: string): Promise<number>;
};

/** What has happened to each queue, minute by minute, for ten days. A crash loses what its process had counted since the last sweep. */
export class QueueHistory {
  readonly #parts: Parts;
  #sampled = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** One bulk of what this process has counted; a lost answer is repeated and counts once. */
  async flush(): Promise<void> {
    const { collections, tally, owner } = this.#parts;
    const minutes = tally.unwritten();
    if (minutes.length === 0) return;
    const writes = minutes.map(({ queue, at, counts }) => ({
      updateOne: {
        filter: { _id: idOf(queue, at) },
        update: { $set: { queue, at, [`by.${owner}`]: { ...counts } } },
        upsert: true,
      },
    }));
    // What is counted from here on is written by the next flush.
    for (const minute of minutes) minute.isWritten = true;
    try {
      await collections.queueMinutes.bulkWrite(writes, { ordered: false });
    } catch (error) {
      for (const minute of minutes) minute.isWritten = false;
      throw error;
    }
  }

  /** Once a minute, by whichever replica comes first: counts every queue's backlog, and deletes what is too old. */
  async sample(): Promise<void> {
    const { collections, clock, queues, backlogOf } = this.#parts;
    const at = startOf(clock.now().getTime(), MINUTE_MS);
    if (at.getTime() === this.#sampled) return;
    for (const queue of queues) {
      if (!(await this.#isFirst(queue, at))) continue;
      const backlog = await backlogOf(queue);
      await collections.queueMinutes.updateOne({ _id: idOf(queue, at) }, { $set: { backlog } });
    }
    this.#sampled = at.getTime();
    await collections.queueMinutes.deleteMany({ at: { $lt: new Date(at.getTime() - HISTORY_MS) } });
  }

  async of(queue: string, { metric, ...wish }: HistoryWish): Promise<History> {
    const { collections, clock } = this.#parts;
    const now = clock.now().getTime();
    const stepMs = Math.max(MINUTE_MS, wish.stepMs ?? MINUTE_MS);
    const to = Math.min(wish.to?.getTime() ?? now, now);
    const from = startOf(Math.max(wish.from?.getTime() ?? to - 3_600_000, now - HISTORY_MS), stepMs);
    const rows = await collections.queueMinutes
      .find({ _id: { $gte: idOf(queue, from), $lt: idOf(queue, new Date(to)) } })
      .sort({ _id: 1 })
      .toArray();
    const bySteps = Map.groupBy(rows, ({ at }) => startOf(at.getTime(), stepMs).getTime());
    const steps = Math.max(0, Math.ceil((to - from.getTime()) / stepMs));
    const points = Array.from({ length: steps }, (_, index) => from.getTime() + index * stepMs).map((at) => ({
      at: new Date(at),
      value: pointOf(metric, bySteps.get(at) ?? []),
    }));
    return { metric, stepMs, points };
  }

  /** Per minute, over the last 60 s: the present minute, and of the one before what lies within them. */
  async rates(queue: string): Promise<Rates> {
    const { collections, clock } = this.#parts;
    const now = clock.now().getTime();
    const present = startOf(now, MINUTE_MS);
    const before = new Date(present.getTime() - MINUTE_MS);
    const rows = await collections.queueMinutes
      .find({ _id: { $in: [idOf(queue, before), idOf(queue, present)] } })
      .toArray();
    const share = 1 - (now - present.getTime()) / MINUTE_MS;
    const rate = (metric: HistoryMetric) => {
      const [old, young] = [before, present].map((time) =>
        pointOf(
          metric,
          rows.filter(({ at }) => at.getTime() === time.getTime()),
        ),
      );
      return Math.round(((young ?? 0) + (old ?? 0) * share) * 10) / 10;
    };
    return { enqueued: rate('enqueued'), started: rate('started'), ended: rate('ended') };
  }

  /** Its mark makes a replica the one that counts; should it die over it, the minute has no backlog. */
  async #isFirst(queue: string, at: Date): Promise<boolean> {
    try {
      const { upsertedCount, matchedCount } = await this.#parts.collections.queueMinutes.updateOne(
        { _id: idOf(queue, at), backlog: { $exists: false } },
        { $set: { queue, at, backlog: null } },
        { upsert: true },
      );
      return upsertedCount + matchedCount > 0;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }
}

const idOf = (queue: string, at: Date): string => `${queue}:${at.toISOString()}`;
const startOf = (ms: number, stepMs: number): Date => new Date(Math.floor(ms / stepMs) * stepMs);

function pointOf(metric: HistoryMetric, rows: readonly QueueMinuteRow[]): number | null {
  const counts = rows.flatMap(({ by = {} }) => Object.values(by));
  switch (metric) {
    case 'ended':
      return sum(counts, 'completed') + sum(counts, 'failed') + sum(counts, 'discarded') + sum(counts, 'cancelled');
    case 'waitMs':
      return mean(sum(counts, 'waitMs'), sum(counts, 'started'));
    case 'runMs':
      return mean(sum(counts, 'runMs'), sum(counts, 'runs'));
    case 'waitMsMax':
    case 'runMsMax':
      return counts.length > 0 ? Math.max(...counts.map((one) => one[metric])) : null;
    case 'backlog':
      return rows.findLast(({ backlog }) => typeof backlog === 'number')?.backlog ?? null;
    default:
      return sum(counts, metric);
  }
}

const sum = (counts: readonly MinuteCounts[], field: keyof MinuteCounts): number =>
  counts.reduce((total, one) => total + one[field], 0);

const mean = (total: number, of: number): number | null => (of > 0 ? Math.round(total / of) : null);
