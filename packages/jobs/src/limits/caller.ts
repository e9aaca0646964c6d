import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Dispatcher } from '../broker/dispatcher.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { GroupCommit } from '../record/group-commit.ts';
import { type JobRecord, RUNNABLE } from '../record/record.ts';
import type { Written } from '../record/record-writes.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { FOREVER, type GateRow, type SlotRow, type WaiterRow } from './gate-row.ts';
import type { Gates } from './gates.ts';
import { freePlaces, isReserved, liveSlots } from './places.ts';
import type { Slots, SlotWish, TakenSlot } from './slots.ts';
import type { Waiters } from './waiters.ts';

const BATCH = 50;
const MAX_TURNS = 10_000;
/** Starts are promised so far ahead, so that a rate of a thousand a second needs ten calls and not a thousand. */
export const AHEAD_MS = 100;
const SHORTEST_TIMER_MS = 10;
const LONGEST_TIMER_MS = 60_000;
/** An enqueuer that died between waiter and record has told nobody; the waiter is dropped after this time. */
const RECORD_COMES_MS = 10_000;
/** A slot that was taken for a job so long ago, while the job still waits, was taken by one who has died before calling it. */
const CALLS_WITHIN_MS = 2_000;

type Parts = {
  collections: Collections;
  gates: Gates;
  slots: Slots;
  waiters: Waiters;
  clock: DatabaseClock;
  commit: GroupCommit;
  dispatcher: Pick<Dispatcher, 'dispatch'>;
  /** How long a slot waits for the job that was called to it. */
  graceMs: number;
  redispatchMs: number;
  log: Log;
};

type Calling = { again: number; done: Promise<void> };

/** Those in front of a gate, sorted out. */
type Line = { readonly callable: Callable[]; readonly gone: WaiterRow[]; readonly unready: WaiterRow[] };
type Callable = { readonly waiter: WaiterRow; readonly record: JobRecord; readonly at?: Date | undefined };

/** Calls waiting jobs to gates that have room for them: as many as there is room, tenants in turn. */
export class Caller {
  readonly #parts: Parts;
  /** By gate; `again` counts who has asked meanwhile. */
  readonly #calling = new Map<string, Calling>();
  /** Whom this process has called last, by gate. Each process goes round by itself, and so do all of them together. */
  readonly #turns = new Map<string, string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Resolves when nobody who waits now could be called. Never throws: what is missed, reconciling makes up for. */
  async call(gates: Iterable<string>): Promise<void> {
    const times = Map.groupBy(gates, (gate) => gate);
    await Promise.all([...times].map(([gate, all]) => this.#once(gate, all.length)));
  }

  /** Waits for what is under way, and calls nobody more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all([...this.#calling.values()].map(({ done }) => done));
  }

  /** One call at a time for a gate; who asks meanwhile gets another one, which sees what it has seen. */
  #once(gate: string, times: number): Promise<void> {
    const underWay = this.#calling.get(gate);
    if (underWay) {
      underWay.again += times;
      return underWay.done;
    }
    const calling: Calling = { again: times, done: Promise.resolve() };
    this.#calling.set(gate, calling);
    calling.done = context.with(ROOT_CONTEXT, () => this.#repeat(gate, calling));
    return calling.done;
  }

  async #repeat(gate: string, calling: Calling): Promise<void> {
    try {
      do {
        const guess = calling.again;
        calling.again = 0;
        await this.#callAt(gate, Math.min(BATCH, guess + 1));
      } while (calling.again > 0 && !this.#isStopped);
    } catch (error) {
      this.#parts.log.warn(
        { gate, reason: asError(error).message },
        'waiting jobs not called, the next round tries again',
      );
    } finally {
      this.#calling.delete(gate);
    }
  }

  /** @param guess how many there may be room for; what is not used of it was read in vain. */
  async #callAt(gate: string, guess: number): Promise<void> {
    const passedOver: string[] = [];
    for (let round = 0; !this.#isStopped; round++) {
      const isWorthMore = await this.#callSome(gate, round === 0 ? guess : BATCH, passedOver);
      if (!isWorthMore) return;
    }
  }

  /** @returns whether there may be more to call. */
  async #callSome(gate: string, most: number, passedOver: string[]): Promise<boolean> {
    const { gates, slots, waiters } = this.#parts;
    const row = await gates.find(gate);
    const hasSlots = row !== null && row.kind !== 'rate';
    const [rows, waiting] = await Promise.all([
      hasSlots ? slots.read([gate]) : [],
      waiters.next(gate, most, this.#turns.get(gate) ?? '', passedOver),
    ]);
    const others = hasSlots ? this.#calledByOthers(rows, waiting) : [];
    passedOver.push(...others.map(({ _id }) => _id));
    const mine = waiting.filter((waiter) => !others.includes(waiter));
    const front = hasSlots ? this.#inReach(row, rows, mine) : mine;
    if (front.length === 0) return others.length > 0 && mine.length === 0;
    const [line, places] = await Promise.all([
      this.#sortOut(front),
      hasSlots ? this.#reserve(row, rows, front) : new Map(front.map(({ _id }) => [_id, undefined])),
    ]);
    passedOver.push(...line.unready.map(({ _id }) => _id));
    const callable = line.callable.filter(({ record }) => places.has(record._id));
    const ready = row?.kind === 'rate' ? await this.#promise(row, callable) : callable;
    const [, called] = await Promise.all([waiters.drop(line.gone), this.#wakeAll(ready, row)]);
    // A rate that has let through fewer calls by its own timer.
    if (ready.length < callable.length) return false;
    const reservedForNothing = [...places].flatMap(([id, slot]) => (slot && !called.has(id) ? [slot] : []));
    await slots.free(reservedForNothing);
    return ready.length + line.gone.length + line.unready.length > 0;
  }

  /** Another process has just taken a slot for them and calls them now: two callers would take it away from each other. */
  #calledByOthers(rows: readonly SlotRow[], waiting: readonly WaiterRow[]): WaiterRow[] {
    const now = this.#parts.clock.now();
    const isYoung = ({ at }: SlotRow) => now.getTime() - at.getTime() < CALLS_WITHIN_MS;
    const called = liveSlots(rows, now).filter((slot) => isReserved(slot) && isYoung(slot));
    const jobs = new Set(called.map(({ jobId }) => jobId));
    return waiting.filter(({ _id }) => jobs.has(_id));
  }

  /** Those for whom there is room, and those who were given their slot by one who died before calling them. */
  #inReach(row: GateRow, rows: readonly SlotRow[], waiting: readonly WaiterRow[]): WaiterRow[] {
    const now = this.#parts.clock.now();
    const holders = new Set(liveSlots(rows, now).map(({ jobId }) => jobId));
    let room = freePlaces(rows, this.#parts.gates.widthOf(row), now).length;
    return waiting.filter(({ _id }) => holders.has(_id) || room-- > 0);
  }

  /** A record that has moved on no longer waits; one that is missing may be on its way. */
  async #sortOut(waiting: readonly WaiterRow[]): Promise<Line> {
    const line: Line = { callable: [], gone: [], unready: [] };
    const { collections, clock } = this.#parts;
    const found = await collections.jobs.find({ _id: { $in: waiting.map(({ _id }) => _id) } }).toArray();
    const records = new Map(found.map((record) => [record._id, record]));
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

  /**
   * Takes free slots in the names of those in front, and over those that a dead caller has taken: whoever wakes a job knows
   * its slot's token alone. @returns by job, with the slot where it has been taken now.
   */
  async #reserve(
    row: GateRow,
    rows: readonly SlotRow[],
    front: readonly WaiterRow[],
  ): Promise<Map<string, TakenSlot | undefined>> {
    const { slots, gates, clock } = this.#parts;
    const now = clock.now();
    const held = new Map(liveSlots(rows, now).map((slot) => [slot.jobId, slot]));
    const numbers = freePlaces(rows, gates.widthOf(row), now);
    const places = new Map<string, TakenSlot | undefined>();
    const wishes: SlotWish[] = [];
    for (const { _id } of front) {
      const own = held.get(_id);
      if (own && !isReserved(own)) places.set(_id, undefined);
      else if (own) wishes.push({ ...this.#wish(row, _id, own.i, now), token: own.token });
      else if (numbers.length > 0) wishes.push(this.#wish(row, _id, numbers.shift() ?? 0, now));
    }
    const taken = await slots.take(wishes, now);
    for (const [index, { jobId }] of wishes.entries()) if (taken[index]) places.set(jobId, taken[index]);
    return places;
  }

  #wish(row: GateRow, jobId: string, i: number, now: Date): SlotWish {
    const hold = row.kind === 'turn' ? 'turn' : (row.hold ?? 'attempt');
    // What is held beyond an attempt is held from the call on, however long its message waits behind others.
    const until = hold === 'attempt' ? new Date(now.getTime() + this.#parts.graceMs) : FOREVER;
    return { gate: row._id, i, jobId, owner: '', hold, until, at: now, isFresh: true };
  }

  /** Takes starts from a rate, and calls again when it allows the next. */
  async #promise(row: GateRow, callable: readonly Callable[]): Promise<Callable[]> {
    if (callable.length === 0) return [];
    const { at, next } = await this.#parts.gates.starts(row, callable.length, AHEAD_MS);
    this.#callLater(row._id, next);
    return callable.flatMap((item, index) => (at[index] ? [{ ...item, at: at[index] }] : []));
  }

  /** @returns who was called. Those who had moved on meanwhile no longer wait either. */
  async #wakeAll(ready: readonly Callable[], row: GateRow | null): Promise<Set<string>> {
    if (ready.length === 0) return new Set();
    const isWoken = await Promise.all(ready.map((item) => this.#wake(item)));
    crashPoint('gate.called');
    const winners = ready.filter((_, index) => isWoken[index]);
    const last = winners.at(-1);
    if (last && this.#turns.size > MAX_TURNS) this.#turns.clear();
    if (last) this.#turns.set(last.waiter.gate, last.waiter.tenant);
    // Past the lanes: a job that was called must not wait behind a thousand that are going to be blocked.
    const lane = row?.kind === 'turn' ? undefined : 'retry';
    await Promise.all([
      this.#parts.waiters.drop(ready.map(({ waiter }) => waiter)),
      ...winners.map(({ record }) => this.#parts.dispatcher.dispatch({ ...record, n: record.n + 1 }, lane)),
    ]);
    return new Set(winners.map(({ record }) => record._id));
  }

  /** The dispatch number grows: whoever still handles the message that was blocked has come too late. */
  #wake({ waiter, record, at }: Callable): Promise<Written | undefined> {
    const { commit, clock, redispatchMs } = this.#parts;
    const now = clock.now();
    return commit.write({
      id: record._id,
      filter: () => ({ n: record.n, state: { $in: [...RUNNABLE] } }),
      mark: 'settledBy',
      update: {
        $set: {
          wakeAt: new Date(now.getTime() + redispatchMs),
          dispatchedAt: now,
          dispatches: 1,
          ...(at && { promised: { gate: waiter.gate, at } }),
        },
        $unset: { waitingFor: '' },
        $inc: { n: 1 },
        $currentDate: { updatedAt: true },
      },
    });
  }

  /** Calls again when a rate allows the next start. */
  #callLater(gate: string, next: Date): void {
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
