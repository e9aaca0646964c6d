import type { Breaker } from '../define/breaker.ts';
import type { BreakerRow, Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { asError } from '../runtime/errors.ts';
import { newId } from '../runtime/ids.ts';
import { LeaseLost, RunAborted } from '../steps/step-errors.ts';
import type { Log } from '../telemetry/log.ts';
import { BreakerOpen } from './breaker-open.ts';
import { BreakerRows } from './breaker-rows.ts';
import { Pace } from './pace.ts';

/** What another process has seen is known here after so long at the latest; a hint brings it sooner. */
const FRESH_MS = 1_000;
/** Who comes while somebody is trying comes again after this, or in their turn. */
const WHILE_PROBED_MS = 500;
/** All that were held back are let come again within so many opening times. */
const LONGEST_OPENINGS = 10;
/** Those that were met first are forgotten first, and read again when they are needed. */
const MAX_KNOWN = 5_000;

type Caller = { readonly jobId: string; readonly signal: AbortSignal };
type Call<Value> = () => Promise<Value> | Value;

type Known = {
  readonly id: string;
  readonly breaker: Breaker;
  readonly pace: Pace;
  row: BreakerRow | undefined;
  readAtMs: number;
  reading: Promise<BreakerRow> | undefined;
};

type Parts = {
  collections: Collections;
  clock: DatabaseClock;
  log: Log;
  /** Tells all processes that a breaker has changed. */
  hint(id: string): void;
};

/** The breakers as this process knows them: one row each for the whole cluster, written only when something fails or changes. */
export class BreakerBoard {
  readonly #rows: BreakerRows;
  readonly #clock: DatabaseClock;
  readonly #log: Log;
  readonly #hint: (id: string) => void;
  readonly #known = new Map<string, Known>();

  constructor(parts: Parts) {
    this.#rows = new BreakerRows(parts.collections.breakers);
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#hint = parts.hint;
  }

  /** @throws BreakerOpen, and what the call throws. */
  async through<Value>(breaker: Breaker, call: Call<Value>, caller: Caller, key?: string): Promise<Value> {
    const known = this.#knownAs(breaker, key);
    const row = await this.#fresh(known);
    const now = this.#clock.now();
    if (row.state !== 'closed') return this.#tryProbe(known, row, call, caller);
    if (!known.pace.mayCall(now.getTime())) throw this.#heldBack(known, now.getTime());
    return this.#call(known, call, caller);
  }

  /** Another process has changed it. */
  forget(id: string): void {
    const known = this.#known.get(id);
    if (known) known.readAtMs = Number.NEGATIVE_INFINITY;
  }

  async #call<Value>(known: Known, call: Call<Value>, caller: Caller): Promise<Value> {
    try {
      return await call();
    } catch (thrown) {
      const error = asError(thrown);
      if (isFailure(known, error, caller)) await this.#failed(known, error);
      throw error;
    }
  }

  /** The failure that opens the breaker counts as its job's; those that come after it do not. @throws BreakerOpen for these. */
  async #failed(known: Known, error: Error): Promise<void> {
    const now = this.#clock.now();
    const callsPerSecond = known.pace.callsPerSecond(now.getTime()) ?? 0;
    const failed = await this.#rows
      .failed(known.id, known.breaker, now, callsPerSecond)
      .catch((reason: unknown) => this.#log.warn({ breaker: known.id, err: reason }, 'failure not counted'));
    if (!failed) return;
    this.#learn(known, failed.row);
    if (failed.hasOpened) this.#tell(known, 'breaker opened');
    else if (failed.row.state !== 'closed') throw this.#heldBack(known, earliestAfter(known, now), error);
  }

  async #tryProbe<Value>(known: Known, row: BreakerRow, call: Call<Value>, caller: Caller): Promise<Value> {
    const now = this.#clock.now();
    const token = newId();
    const until = new Date(now.getTime() + known.breaker.openMs);
    const probing = isDue(row, now) && (await this.#rows.probe(row, now, { jobId: caller.jobId, token, until }));
    if (!probing) throw this.#heldBack(known, earliestAfter(known, now));
    this.#learn(known, probing);
    return this.#probe(known, token, call, caller);
  }

  /** An error that does not speak against the dependency is an answer of it. A run that is taken away proves nothing; another probe follows. */
  async #probe<Value>(known: Known, token: string, call: Call<Value>, caller: Caller): Promise<Value> {
    try {
      const value = await call();
      await this.#recovered(known, token);
      return value;
    } catch (thrown) {
      const error = asError(thrown);
      if (isFailure(known, error, caller)) throw await this.#relapsed(known, token, error);
      if (!isTakenAway(error, caller)) await this.#recovered(known, token);
      throw error;
    }
  }

  async #recovered(known: Known, token: string): Promise<void> {
    const closed = await this.#rows.recovered(known.id, token, this.#clock.now());
    if (!closed) return;
    this.#learn(known, closed);
    this.#tell(known, 'breaker closed');
  }

  async #relapsed(known: Known, token: string, error: Error): Promise<BreakerOpen> {
    const now = this.#clock.now();
    const row = await this.#fresh(known);
    const open = await this.#rows.relapsed(row, known.breaker, token, now);
    if (open) {
      this.#learn(known, open);
      this.#tell(known, 'breaker stays open');
    }
    return this.#heldBack(known, earliestAfter(known, now), error);
  }

  #heldBack({ id, pace }: Known, earliest: number, cause?: Error): BreakerOpen {
    return new BreakerOpen(id, new Date(pace.ticket(earliest)), { cause });
  }

  #knownAs(breaker: Breaker, key: string | undefined): Known {
    const id = key === undefined ? breaker.name : `${breaker.name}:${key}`;
    const known = this.#known.get(id);
    if (known) return known;
    const fresh: Known = {
      id,
      breaker,
      pace: new Pace({ longestMs: LONGEST_OPENINGS * breaker.openMs }),
      row: undefined,
      readAtMs: Number.NEGATIVE_INFINITY,
      reading: undefined,
    };
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= MAX_KNOWN) this.#known.delete(oldest);
    this.#known.set(id, fresh);
    return fresh;
  }

  async #fresh(known: Known): Promise<BreakerRow> {
    if (known.row && performance.now() - known.readAtMs < FRESH_MS) return known.row;
    known.reading ??= this.#read(known).finally(() => {
      known.reading = undefined;
    });
    const row = await known.reading;
    this.#learn(known, row);
    return row;
  }

  /** A dependency is shown from its first call on; its parts, of which there may be as many as users, from their first failure on. */
  async #read({ id, breaker }: Known): Promise<BreakerRow> {
    const now = this.#clock.now();
    if (id === breaker.name) return this.#rows.ensured(id, now);
    return (await this.#rows.find(id)) ?? this.#rows.unused(id, now);
  }

  #learn(known: Known, row: BreakerRow): void {
    const now = this.#clock.now().getTime();
    const before = known.row?.state ?? 'closed';
    const hasChanged = known.row?.changedAt.getTime() !== row.changedAt.getTime();
    known.row = row;
    known.readAtMs = performance.now();
    if (row.state === 'open' && (before !== 'open' || hasChanged)) known.pace.opened(now, row.callsPerSecond);
    if (row.state === 'closed' && before !== 'closed') known.pace.closed(now);
  }

  #tell({ id, row }: Known, message: string): void {
    this.#hint(id);
    this.#log.warn({ breaker: id, openUntil: row?.openUntil, openings: row?.openings }, message);
  }
}

function isDue({ openUntil, probe }: BreakerRow, now: Date): boolean {
  const at = probe?.until ?? openUntil;
  return at !== undefined && at <= now;
}

/** When somebody may come again at the earliest. One that a person holds open is asked after once per opening time. */
function earliestAfter({ row, breaker }: Known, now: Date): number {
  if (row?.state === 'open') return row.openUntil?.getTime() ?? now.getTime() + breaker.openMs;
  return now.getTime() + WHILE_PROBED_MS;
}

const isFailure = ({ breaker }: Known, error: Error, caller: Caller): boolean =>
  !isTakenAway(error, caller) && breaker.isFailure(error);

/** A run that was stopped, or that another breaker holds back, says nothing about this dependency; one that took too long does. */
function isTakenAway(error: Error, { signal }: Caller): boolean {
  if (error instanceof BreakerOpen || error instanceof LeaseLost) return true;
  return signal.aborted ? signal.reason !== 'timeout' : error instanceof RunAborted;
}
