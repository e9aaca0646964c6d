import type { EventStream, StreamEvent } from './sse.ts';

type Log = { warn(fields: object, message: string): void };
type Dated = { readonly updatedAt: Date };
type Listener = { readonly sub: string | undefined; push(event: StreamEvent): void };

type Rows<Row> = {
  /** The oldest change first. @param sub whose rows; everybody's when undefined. */
  changedSince(since: Date, sub: string | undefined, limit: number): Promise<readonly Row[]>;
  /** The newest row first. */
  newest(sub: string | undefined, limit: number): Promise<readonly Row[]>;
  /** Its id tells states of a row apart; it is `<updatedAt in ms>.<anything>`, so that a reconnect knows where to go on. */
  eventOf(row: Row): StreamEvent;
  /** Whether a person may see it. */
  isOpenTo(row: Row, sub: string): boolean;
};

const lookMs = 500;
/** Replicas' clocks differ a little, and a write may become visible after a later one. */
const overlapMs = 5_000;
const snapshotSize = 100;
const changesPerLook = 1_000;

/**
 * Tells of rows of a collection that change, whichever replica changed them: one look at the database for all listeners
 * of this process, and none while nobody listens.
 */
export class ChangeFeed<Row extends Dated> {
  readonly #rows: Rows<Row>;
  readonly #log: Log;
  readonly #listeners = new Set<Listener>();
  #told = new Map<string, Date>();
  #timer: NodeJS.Timeout | undefined;

  constructor(rows: Rows<Row>, log: Log) {
    this.#rows = rows;
    this.#log = log;
  }

  /** The newest hundred first, then every change. @param sub whose rows; everybody's when undefined. */
  streamFor(sub: string | undefined): EventStream {
    return {
      snapshot: async (lastEventId) => {
        const since = timeOf(lastEventId);
        const rows = since
          ? await this.#rows.changedSince(since, sub, changesPerLook)
          : (await this.#rows.newest(sub, snapshotSize)).toReversed();
        return rows.map(this.#rows.eventOf).filter(({ id }) => id !== lastEventId);
      },
      follow: (push) => {
        const listener = { sub, push };
        this.#listeners.add(listener);
        this.#timer ??= setTimeout(() => void this.#look(), lookMs);
        return () => void this.#listeners.delete(listener);
      },
    };
  }

  /** Ends the looking. Safe twice. */
  stop(): void {
    this.#listeners.clear();
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const since = new Date(Date.now() - overlapMs);
    this.#told = new Map([...this.#told].filter(([, at]) => at.getTime() >= since.getTime() - overlapMs));
    try {
      for (const row of await this.#rows.changedSince(since, undefined, changesPerLook)) this.#tell(row);
    } catch (error) {
      this.#log.warn({ err: error }, 'a feed could not look for changes');
    }
    this.#timer = this.#listeners.size > 0 ? setTimeout(() => void this.#look(), lookMs) : undefined;
  }

  #tell(row: Row): void {
    const event = this.#rows.eventOf(row);
    if (this.#told.has(event.id)) return;
    this.#told.set(event.id, row.updatedAt);
    for (const { sub, push } of this.#listeners) if (sub === undefined || this.#rows.isOpenTo(row, sub)) push(event);
  }
}

function timeOf(eventId: string | undefined): Date | undefined {
  const ms = Number(/^(\d{1,15})\./.exec(eventId ?? '')?.[1]);
  return Number.isNaN(ms) ? undefined : new Date(ms);
}
