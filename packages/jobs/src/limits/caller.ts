import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Dispatcher } from '../broker/dispatcher.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { GroupCommit } from '../record/group-commit.ts';
import { type JobRecord, RUNNABLE } from '../record/record.ts';
import { asError } from '../runtime/errors.ts';
import { newId } from '../runtime/ids.ts';
import type { Log } from '../telemetry/log.ts';
import { FOREVER, type GateRow, type WaiterRow } from './gate-row.ts';
import type { Gates } from './gates.ts';
import { freePlaces, liveSlots } from './places.ts';
import type { Slots, TakenSlot } from './slots.ts';
import type { Waiters } from './waiters.ts';

const BATCH = 50;
/** Starts are promised so far ahead, so that a rate of a thousand a second needs ten calls and not a thousand. */
export const AHEAD_MS = 100;
const SHORTEST_TIMER_MS = 10;
const LONGEST_TIMER_MS = 60_000;
/** An enqueuer that died between waiter and record has told nobody; the waiter is dropped after this time. */
const RECORD_COMES_MS = 10_000;

type Parts = {
  collections: Collections;
  gates: Gates;
  slots: Slots;
  waiters: Waiters;
  clock: DatabaseClock;
  commit: GroupCommit;
  dispatcher: Dispatcher;
  /** How long a slot waits for the job that was called to it. */
  graceMs: number;
  redispatchMs: number;
  log: Log;
};

/** Those in front of a gate, sorted out. */
type Line = { readonly callable: Callable[]; readonly gone: WaiterRow[]; readonly unready: WaiterRow[] };
type Callable = { readonly waiter: WaiterRow; readonly record: JobRecord; slot?: TakenSlot; at?: Date };

/** Calls waiting jobs to gates that have room for them: as many as there is room, tenants in turn. */
export class Caller {
  readonly #parts: Parts;
  /** By gate; true when it was asked for again meanwhile. */
  readonly #calling = new Map<string, { isAgain: boolean; done: Promise<void> }>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Resolves when nobody who waits now could be called. Never throws: what is missed, reconciling makes up for. */
  async call(gates: Iterable<string>): Promise<void> {
    await Promise.all([...new Set(gates)].map((gate) => this.#once(gate)));
  }

  /** Waits for what is under way, and calls nobody more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all([...this.#calling.values()].map(({ done }) => done));
  }

  /** One call at a time for a gate; who asks meanwhile gets another one, which sees what it has seen. */
  #once(gate: string): Promise<void> {
    const underWay = this.#calling.get(gate);
    if (underWay) {
      underWay.isAgain = true;
      return underWay.done;
    }
    const calling = { isAgain: false, done: Promise.resolve() };
    this.#calling.set(gate, calling);
    calling.done = context.with(ROOT_CONTEXT, () => this.#repeat(gate, calling));
    return calling.done;
  }

  async #repeat(gate: string, calling: { isAgain: boolean }): Promise<void> {
    try {
      do {
        calling.isAgain = false;
        await this.#callAt(gate);
      } while (calling.isAgain && !this.#isStopped);
    } catch (error) {
      this.#parts.log.warn(
        { gate, reason: asError(error).message },
        'waiting jobs not called, the next round tries again',
      );
    } finally {
      this.#calling.delete(gate);
    }
  }

  async #callAt(gate: string): Promise<void> {
    const passedOver: string[] = [];
    while (!this.#isStopped && (await this.#callSome(gate, passedOver)));
  }

  /** @returns whether there may be more to call. */
  async #callSome(gate: string, passedOver: string[]): Promise<boolean> {
    const { gates, waiters } = this.#parts;
    const row = await gates.find(gate);
    const wanted = row && row.kind !== 'rate' ? Math.min(BATCH, await this.#roomAt(row)) : BATCH;
    if (wanted <= 0) return false;
    const waiting = await waiters.next(gate, wanted, row?.lastTenant ?? '', passedOver);
    if (waiting.length === 0) return false;
    const { callable, gone, unready } = await this.#sortOut(waiting);
    passedOver.push(...unready.map(({ _id }) => _id));
    await waiters.drop(gone);
    const called = await this.#callLine(row, callable);
    // A rate that has let through fewer calls by its own timer.
    if (row?.kind === 'rate' && called < callable.length) return false;
    return called + gone.length + unready.length > 0;
  }

  async #roomAt(row: GateRow): Promise<number> {
    const { slots, gates, clock } = this.#parts;
    return gates.widthOf(row) - liveSlots(await slots.read([row._id]), clock.now()).length;
  }

  /** A record that has moved on no longer waits; one that is missing may be on its way. */
  async #sortOut(waiting: readonly WaiterRow[]): Promise<Line> {
    const { collections, clock } = this.#parts;
    const found = await collections.jobs.find({ _id: { $in: waiting.map(({ _id }) => _id) } }).toArray();
    const records = new Map(found.map((record) => [record._id, record]));
    const line: Line = { callable: [], gone: [], unready: [] };
    for (const waiter of waiting) {
      const record = records.get(waiter._id);
      const isYoung = clock.now().getTime() - waiter.since.getTime() < RECORD_COMES_MS;
      if (!record && isYoung) line.unready.push(waiter);
      else if (record?.n === waiter.n && RUNNABLE.some((state) => state === record.state))
        line.callable.push({ waiter, record });
      else line.gone.push(waiter);
    }
    return line;
  }

  /** @returns how many were called, or had moved on meanwhile. */
  async #callLine(row: GateRow | null, callable: Callable[]): Promise<number> {
    if (callable.length === 0) return 0;
    const ready = row ? await this.#reserve(row, callable) : callable;
    const called = await Promise.all(ready.map((item) => this.#wake(item)));
    const winners = ready.filter((_, index) => called[index]);
    const { slots, waiters, gates, dispatcher } = this.#parts;
    await Promise.all([
      waiters.drop(ready.map(({ waiter }) => waiter)),
      slots.free(ready.flatMap(({ slot }, index) => (slot && !called[index] ? [slot] : []))),
    ]);
    const last = winners.at(-1);
    if (last && row && (row.lastTenant ?? '') !== last.waiter.tenant) await gates.called(row._id, last.waiter.tenant);
    // Past the lanes: a job that was called must not wait behind a thousand that are going to be blocked.
    const lane = row?.kind === 'turn' ? undefined : 'retry';
    await Promise.all(winners.map(({ record }) => dispatcher.dispatch({ ...record, n: record.n + 1 }, lane)));
    return ready.length;
  }

  #reserve(row: GateRow, callable: Callable[]): Promise<Callable[]> {
    return row.kind === 'rate' ? this.#reserveStarts(row, callable) : this.#reserveSlots(row, callable);
  }

  async #reserveStarts(row: GateRow, callable: Callable[]): Promise<Callable[]> {
    const { at, next } = await this.#parts.gates.starts(row, callable.length, AHEAD_MS);
    this.callLater(row._id, next);
    return callable.flatMap((item, index) => {
      const start = at[index];
      return start ? [{ ...item, at: start }] : [];
    });
  }

  /** A job that was given its slot by one who died before calling it keeps that. */
  async #reserveSlots(row: GateRow, callable: Callable[]): Promise<Callable[]> {
    const { slots, gates, clock, graceMs } = this.#parts;
    const now = clock.now();
    const rows = await slots.read([row._id]);
    const holders = new Map(liveSlots(rows, now).map((slot) => [slot.jobId, slot]));
    const places = freePlaces(rows, gates.widthOf(row), now);
    const wishes = callable.flatMap((item) => {
      const i = holders.has(item.record._id) ? undefined : places.shift();
      return i === undefined ? [] : [{ item, i }];
    });
    const taken = await slots.take(
      wishes.map(({ item, i }) => ({
        gate: row._id,
        i,
        jobId: item.record._id,
        owner: '',
        hold: row.kind === 'turn' ? 'turn' : (row.hold ?? 'attempt'),
        // In a turn window a place is held from the call on, however long its message waits behind others.
        until: row.kind === 'turn' ? FOREVER : new Date(now.getTime() + graceMs),
        at: now,
      })),
      now,
    );
    const fresh = wishes.flatMap(({ item }, index) => {
      const slot = taken[index];
      return slot ? [{ ...item, slot }] : [];
    });
    return [...callable.filter(({ record }) => holders.has(record._id)), ...fresh];
  }

  /** The dispatch number grows: whoever still handles the message that was blocked has come too late. */
  #wake({ waiter, record, at }: Callable): Promise<boolean> {
    const { commit, clock, redispatchMs } = this.#parts;
    const now = clock.now();
    const mark = newId();
    return commit.write({
      filter: { _id: record._id, n: record.n, state: { $in: [...RUNNABLE] } },
      update: {
        $set: {
          wakeAt: new Date(now.getTime() + redispatchMs),
          dispatchedAt: now,
          dispatches: 1,
          settledBy: mark,
          ...(at && { promised: { gate: waiter.gate, at } }),
        },
        $unset: { waitingFor: '' },
        $inc: { n: 1 },
        $currentDate: { updatedAt: true },
      },
      isMadeIn: (stored) => stored?.settledBy === mark,
    });
  }

  /** Calls again when a rate allows the next start. */
  callLater(gate: string, next: Date): void {
    if (this.#isStopped || this.#timers.has(gate)) return;
    const waitMs = next.getTime() - this.#parts.clock.now().getTime() - AHEAD_MS / 2;
    const timer = setTimeout(
      () => {
        this.#timers.delete(gate);
        void this.call([gate]);
      },
      Math.min(LONGEST_TIMER_MS, Math.max(SHORTEST_TIMER_MS, waitMs)),
    );
    this.#timers.set(gate, timer.unref());
  }
}
