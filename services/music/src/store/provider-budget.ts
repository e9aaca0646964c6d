import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { modelOf } from '@millrace/service/model';
import type { Connection } from 'mongoose';

/** How often a provider may be asked, and how it went, for all replicas together. */
export type BudgetRow = {
  readonly _id: string;
  /** Whose turn it is; null for nobody's. */
  readonly holder: string | null;
  /** A holder that does not renew its turn until then has died. */
  readonly leaseUntil: Date;
  /** Nobody may ask before. */
  readonly freeAt: Date;
  readonly failuresInARow: number;
  readonly requests: number;
  readonly failures: number;
  readonly lastAnswerAt: Date | null;
  readonly createdAt: Date;
};

/** One turn to ask the provider. */
export type Turn = {
  /** To be called right before the request leaves. @throws TurnLost when the turn took so long to begin that it may be another's. */
  begin(): void;
  /** Aborts when the turn is lost to another holder. */
  readonly signal: AbortSignal;
};

/** The process stood still between taking a turn and using it. */
export class TurnLost extends Error {
  override readonly name = 'TurnLost';
}

/** A failed request, as far as the budget must know: what the provider asked to wait. */
type Refusal = { readonly retryAfterMs?: number | undefined };

type Settings = {
  readonly name: string;
  readonly intervalMs: number;
  readonly log: { warn(fields: object, message: string): void };
  /** Told how long each turn was waited for. */
  waited?(waitMs: number): void;
  readonly leaseMs?: number;
};

/** A turn must be used within this time, long before its lease ends. */
const useWithinMs = 1_000;
const longestPauseMs = 60_000;
const pauseDoublings = 4;

/**
 * One request at a time over all replicas, each an interval after the answer to the one before. The database's clock decides, so no two
 * machines can disagree. A holder renews its lease while it waits for its answer; one that died is followed after lease and interval.
 */
export class ProviderBudget {
  readonly #model;
  readonly #settings: Required<Settings>;
  #line: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @param leaseMs default 3 s. */
  constructor(database: Connection, settings: Settings) {
    this.#model = modelOf<BudgetRow>(database, 'provider_budgets');
    this.#settings = { leaseMs: 3_000, waited: () => undefined, ...settings };
  }

  get name(): string {
    return this.#settings.name;
  }

  get intervalMs(): number {
    return this.#settings.intervalMs;
  }

  /** How many wait for a turn in this process. */
  get waiting(): number {
    return this.#waiting;
  }

  /** How it stands; makes it when it is not there yet. */
  async read(): Promise<BudgetRow> {
    const row = await this.#model.findById(this.name).lean<BudgetRow>().exec();
    return row ?? this.#ensure();
  }

  /**
   * Waits for a turn and lets the request use it. Turns of one process are given in order.
   * @throws the signal's reason when it aborts before; what the request throws.
   */
  async spend<Value>(request: (turn: Turn) => Promise<Value>, signal: AbortSignal): Promise<Value> {
    const askedAt = performance.now();
    const before = this.#line;
    const mine = Promise.withResolvers<void>();
    this.#line = mine.promise;
    this.#waiting += 1;
    try {
      await before;
      const row = await this.#take(signal).finally(() => {
        this.#waiting -= 1;
      });
      this.#settings.waited(performance.now() - askedAt);
      return await this.#use(row, request);
    } finally {
      mine.resolve();
    }
  }

  async #take(signal: AbortSignal): Promise<Taken> {
    for (;;) {
      signal.throwIfAborted();
      const token = randomUUID();
      const askedAt = performance.now();
      const row = await this.#tryTake(token);
      if (row) return { row, token, usableUntil: askedAt + useWithinMs };
      await delay(await this.#pause(), undefined, { signal });
    }
  }

  #tryTake(token: string): Promise<BudgetRow | null> {
    const isFree = { $or: [{ $eq: ['$holder', null] }, { $lte: ['$leaseUntil', '$$NOW'] }] };
    return this.#model
      .findOneAndUpdate(
        { _id: this.name, $expr: { $and: [{ $lte: ['$freeAt', '$$NOW'] }, isFree] } } as never,
        [{ $set: { holder: token, leaseUntil: fromNow(this.#leaseMs) } }] as never,
        { returnDocument: 'after', updatePipeline: true },
      )
      .lean<BudgetRow>()
      .exec();
  }

  /** Until it is worth while to ask again. Clocks may differ, so it is never waited for long. */
  async #pause(): Promise<number> {
    const row = await this.read();
    const shortest = Math.max(2, this.intervalMs / 20) * (1 + Math.random());
    const untilFree = row.freeAt.getTime() - Date.now();
    return row.holder === null ? Math.min(Math.max(untilFree, 1), 1_000) : Math.min(shortest, 250);
  }

  async #ensure(): Promise<BudgetRow> {
    const zero = new Date(0);
    const fresh = { holder: null, leaseUntil: zero, freeAt: zero, failuresInARow: 0, requests: 0, failures: 0 };
    const row = { ...fresh, _id: this.name, lastAnswerAt: null, createdAt: new Date() };
    await this.#model.updateOne({ _id: this.name }, { $setOnInsert: row }, { upsert: true });
    return row;
  }

  async #use<Value>(taken: Taken, request: (turn: Turn) => Promise<Value>): Promise<Value> {
    const lost = new AbortController();
    const beat = setInterval(() => void this.#renew(taken, lost), this.#leaseMs / 4);
    let isBegun = false;
    const begin = () => {
      if (performance.now() > taken.usableUntil || lost.signal.aborted) throw new TurnLost(`${this.name}: turn lost`);
      isBegun = true;
    };
    let refusal: Refusal | undefined;
    try {
      return await request({ begin, signal: lost.signal });
    } catch (error) {
      refusal = error as Refusal;
      throw error;
    } finally {
      clearInterval(beat);
      await this.#release(taken, isBegun, refusal);
    }
  }

  async #renew({ token }: Taken, lost: AbortController): Promise<void> {
    const renewed = await this.#model
      .updateOne({ _id: this.name, holder: token }, [{ $set: { leaseUntil: fromNow(this.#leaseMs) } }] as never, {
        updatePipeline: true,
      })
      .catch(() => undefined);
    if (renewed?.matchedCount === 0) lost.abort(new TurnLost(`${this.name}: turn lost while waiting for the answer`));
  }

  /** What cannot be written now is done by the end of the lease. */
  async #release({ token, row }: Taken, isBegun: boolean, refusal: Refusal | undefined): Promise<void> {
    const filter = { _id: this.name, holder: token };
    const used = {
      freeAt: fromNow(this.#pauseAfter(row, refusal)),
      lastAnswerAt: '$$NOW',
      requests: { $add: ['$requests', 1] },
      failures: { $add: ['$failures', refusal ? 1 : 0] },
      failuresInARow: refusal ? { $add: ['$failuresInARow', 1] } : 0,
    };
    await this.#model
      .updateOne(filter, [{ $set: { holder: null, ...(isBegun && used) } }] as never, { updatePipeline: true })
      .catch((error: unknown) =>
        this.#settings.log.warn({ provider: this.name, err: error }, 'turn not given back; its lease ends it'),
      );
  }

  /** The interval, or longer after failures: what the provider asked for, else doubled each time, with jitter. One more for rounding. */
  #pauseAfter({ failuresInARow }: BudgetRow, refusal: Refusal | undefined): number {
    if (!refusal) return this.intervalMs + 1;
    const doubled = this.intervalMs * 2 ** Math.min(failuresInARow, pauseDoublings) * (1 + Math.random());
    return Math.round(Math.max(this.intervalMs + 1, Math.min(refusal.retryAfterMs ?? doubled, longestPauseMs)));
  }

  /** Whoever follows a holder that died keeps the interval from whatever that one has sent. */
  get #leaseMs(): number {
    return this.#settings.leaseMs + this.intervalMs;
  }
}

type Taken = { readonly row: BudgetRow; readonly token: string; readonly usableUntil: number };

const fromNow = (ms: number) => ({ $dateAdd: { startDate: '$$NOW', unit: 'millisecond', amount: Math.ceil(ms) } });
