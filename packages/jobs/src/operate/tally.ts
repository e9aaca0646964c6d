import type { DatabaseClock } from '../record/database-clock.ts';
import type { MinuteCounts } from '../record/queue-rows.ts';
import type { JobRecord } from '../record/record.ts';
import { count, observeRun, observeWait } from '../telemetry/metrics.ts';

const MINUTE_MS = 60_000;

type Event = Parameters<typeof count>[0];

/** What of a queue's history an event counts for. */
const FIELDS: Partial<Record<Event, keyof MinuteCounts>> = {
  accepted: 'enqueued',
  started: 'started',
  completed: 'completed',
  failed: 'failed',
  discarded: 'discarded',
  cancelled: 'cancelled',
  retried: 'retried',
  snoozed: 'snoozed',
};

export type Minute = { readonly queue: string; readonly at: Date; readonly counts: MinuteCounts; isWritten: boolean };

/** Counts what happens to jobs in this process: for the metrics, and by queue and minute for its history. */
export class Tally {
  readonly #clock: DatabaseClock;
  readonly #minutes = new Map<string, Minute>();

  constructor({ clock }: { clock: DatabaseClock }) {
    this.#clock = clock;
  }

  count(event: Event, record: Pick<JobRecord, 'name' | 'queue'>, error?: string): void {
    count(event, record, error);
    const field = FIELDS[event];
    if (field) this.#countsOf(record.queue)[field]++;
  }

  waited(record: JobRecord): void {
    observeWait(record);
    if (!record.startedAt) return;
    const ms = Math.max(0, record.startedAt.getTime() - record.nextRunAt.getTime());
    const counts = this.#countsOf(record.queue);
    counts.waitMs += ms;
    counts.waitMsMax = Math.max(counts.waitMsMax, ms);
  }

  ran(record: JobRecord, ms: number): void {
    observeRun(record, ms);
    const counts = this.#countsOf(record.queue);
    counts.runs++;
    counts.runMs += ms;
    counts.runMsMax = Math.max(counts.runMsMax, ms);
  }

  /** Minutes with something that is not written yet. What is over and written is forgotten. */
  unwritten(): Minute[] {
    const present = this.#minute();
    for (const [key, { at, isWritten }] of this.#minutes)
      if (isWritten && at.getTime() < present) this.#minutes.delete(key);
    return [...this.#minutes.values()].filter(({ isWritten }) => !isWritten);
  }

  #countsOf(queue: string): MinuteCounts {
    const at = this.#minute();
    const key = `${queue}:${at}`;
    const minute = this.#minutes.get(key) ?? { queue, at: new Date(at), counts: none(), isWritten: false };
    this.#minutes.set(key, minute);
    minute.isWritten = false;
    return minute.counts;
  }

  #minute(): number {
    return Math.floor(this.#clock.now().getTime() / MINUTE_MS) * MINUTE_MS;
  }
}

const none = (): MinuteCounts => ({
  enqueued: 0,
  started: 0,
  completed: 0,
  failed: 0,
  discarded: 0,
  cancelled: 0,
  retried: 0,
  snoozed: 0,
  waitMs: 0,
  waitMsMax: 0,
  runs: 0,
  runMs: 0,
  runMsMax: 0,
});
