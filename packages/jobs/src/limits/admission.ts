import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { EARLY_MS } from '../broker/dispatcher.ts';
import type { Envelope } from '../broker/envelope.ts';
import type { JobDefinition } from '../define/define-job.ts';
import { Batcher } from '../record/batcher.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { GroupCommit } from '../record/group-commit.ts';
import { type JobRecord, RUNNABLE } from '../record/record.ts';
import type { Written } from '../record/record-writes.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { count } from '../telemetry/metrics.ts';
import { AHEAD_MS, type Caller } from './caller.ts';
import { FOREVER } from './gate-row.ts';
import type { GateSpec, Gates } from './gates.ts';
import { gatesOf } from './gates-of.ts';
import { heldBackFor } from './held-back.ts';
import { SlotPlan } from './slot-plan.ts';
import type { Slots, SlotWish, TakenSlot } from './slots.ts';
import { type Waiters, waiterOf } from './waiters.ts';

const MAX_RACES = 5;
/** A start that a rate has promised is good for so long; a later one would crowd those that follow. */
const PROMISE_MS = 5_000;
export type Admission =
  /** The job may be claimed, from `at` on where a rate has a say. `taken` is given back when the claim is not won. */
  | { readonly kind: 'admitted'; readonly taken: readonly TakenSlot[]; readonly at?: Date }
  /** The record says what for; the gate will call it. */
  | { readonly kind: 'held-back' };

type Parts = {
  collections: Collections;
  gates: Gates;
  slots: Slots;
  waiters: Waiters;
  caller: Caller;
  clock: DatabaseClock;
  commit: GroupCommit;
  owner: string;
  leaseMs: number;
};

/** A delivery that wants in. */
type Knock = { readonly envelope: Envelope; readonly definition: JobDefinition };
type Guest = {
  readonly record: JobRecord;
  readonly specs: readonly GateSpec[];
  /** Given back when it does not get in. */
  taken: TakenSlot[];
  /** Was its own before, and is given up when it is held back. */
  forfeit: TakenSlot[];
  at?: Date;
  /** The gate that holds it back. */
  shut?: string;
};

const OPEN: Admission = { kind: 'admitted', taken: [] };

/** Decides before a claim whether all limits of a job let it pass: all of them or none. What knocks together is decided together. */
export class Admissions {
  readonly #parts: Parts;
  readonly #knocks: Batcher<Knock, Admission>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#knocks = new Batcher((knocks) => context.with(ROOT_CONTEXT, () => this.#judgeAll(knocks)), { maxBatch: 200 });
  }

  /** @throws when the database does not answer. */
  admit(envelope: Envelope, definition: JobDefinition): Promise<Admission> {
    return this.#knocks.get({ envelope, definition });
  }

  async #judgeAll(knocks: readonly Knock[]): Promise<Admission[]> {
    const guests = await this.#guests(knocks);
    const known = [...guests.values()];
    if (known.length > 0) {
      await this.#parts.gates.know(known.flatMap(({ specs }) => specs));
      await this.#passSlots(known);
      await this.#passRates(known.filter(({ shut }) => shut === undefined));
      await this.#holdBack(known.filter(({ shut }) => shut !== undefined));
    }
    return knocks.map((knock) => admissionOf(guests.get(knock)));
  }

  /** Those who have to pass a gate. Of a stale or early message the claim decides, so that it takes nothing here. */
  async #guests(knocks: readonly Knock[]): Promise<Map<Knock, Guest>> {
    const { collections, clock } = this.#parts;
    const ids = knocks.map(({ envelope }) => envelope.jobId);
    const found = await collections.jobs.find({ _id: { $in: ids } }).toArray();
    const records = new Map(found.map((record) => [record._id, record]));
    const due = new Date(clock.now().getTime() + EARLY_MS);
    const guests = new Map<Knock, Guest>();
    for (const knock of knocks) {
      const record = records.get(knock.envelope.jobId);
      if (!record || record.n !== knock.envelope.n || record.nextRunAt > due) continue;
      if (!RUNNABLE.some((state) => state === record.state)) continue;
      const specs = gatesOf(record, knock.definition);
      if (specs.length > 0) guests.set(knock, { record, specs, taken: [], forfeit: [] });
    }
    return guests;
  }

  /** Who loses a slot to another process looks again. */
  async #passSlots(guests: readonly Guest[]): Promise<void> {
    let open = guests.filter(({ specs }) => specs.some(({ kind }) => kind !== 'rate'));
    for (let race = 0; open.length > 0; race++) open = await this.#takeSlots(open, race === MAX_RACES);
  }

  /** @returns those who have lost a race, and hold nothing now. */
  async #takeSlots(guests: readonly Guest[], isLastTry: boolean): Promise<Guest[]> {
    const { slots, waiters, clock } = this.#parts;
    const names = [...new Set(guests.flatMap(({ specs }) => specs.map(({ _id }) => _id)))];
    const [rows, crowded] = await Promise.all([slots.read(names), waiters.crowded(names)]);
    const now = clock.now();
    const plan = new SlotPlan({
      rows,
      crowded,
      now,
      widthOf: (spec) => this.#parts.gates.widthOf(spec),
      wish: (...of) => this.#wish(...of),
    });
    for (const guest of guests) guest.forfeit = plan.forfeitOf(guest.record._id, guest.specs);
    const wishes = guests.map((guest) => plan.wishesOf(guest.record._id, guest.specs));
    const taken = await slots.take(
      wishes.flatMap((wish) => ('shut' in wish ? [] : wish)),
      now,
    );
    const losers: Guest[] = [];
    for (const [index, guest] of guests.entries()) {
      const wish = wishes[index] ?? [];
      if ('shut' in wish) {
        guest.shut = wish.shut;
        continue;
      }
      const got = taken.splice(0, wish.length);
      guest.taken = got.filter((slot, place) => slot && wish[place]?.isFresh).filter((slot) => slot !== undefined);
      if (got.every((slot) => slot !== undefined)) continue;
      losers.push(guest);
      if (isLastTry) guest.shut = wish[0]?.gate ?? '';
    }
    await this.giveBack(losers.flatMap((guest) => guest.taken.splice(0)));
    return isLastTry ? [] : losers;
  }

  #wish(jobId: string, { _id, kind, hold = 'attempt' }: GateSpec, i: number, now: Date): SlotWish {
    const own = kind === 'turn' ? 'turn' : hold;
    const until = own === 'attempt' ? new Date(now.getTime() + 1.5 * this.#parts.leaseMs) : FOREVER;
    return { gate: _id, i, jobId, owner: this.#parts.owner, hold: own, until, at: now, isFresh: true };
  }

  /** Last of all, because a start that was taken from a rate cannot be given back. */
  async #passRates(guests: readonly Guest[]): Promise<void> {
    const specs = new Map(
      guests.flatMap((guest) => guest.specs.filter(({ kind }) => kind === 'rate').map((spec) => [spec._id, spec])),
    );
    if (specs.size === 0) return;
    const crowded = await this.#parts.waiters.crowded([...specs.keys()]);
    for (const spec of specs.values()) {
      const here = guests.filter(
        (guest) => guest.shut === undefined && guest.specs.some(({ _id }) => _id === spec._id),
      );
      const fresh = here.filter((guest) => !this.#isPromised(guest, spec._id));
      const { at } = await this.#parts.gates.starts(spec, crowded.has(spec._id) ? 0 : fresh.length, AHEAD_MS);
      for (const [index, guest] of fresh.entries()) {
        const start = at[index];
        if (start) guest.at = latest(guest.at, start);
        else guest.shut = spec._id;
      }
    }
  }

  #isPromised(guest: Guest, gate: string): boolean {
    const { promised } = guest.record;
    if (promised?.gate !== gate || this.#parts.clock.now().getTime() - promised.at.getTime() > PROMISE_MS) return false;
    guest.at = latest(guest.at, promised.at);
    return true;
  }

  /**
   * Waiter first, then the record, then another look at the gate: whoever gives a slot back in between sees the waiter, and
   * whoever has given it back before is seen by this look. What a job held before is given up last, because another message
   * of it may have been claimed meanwhile and runs on that slot.
   */
  async #holdBack(guests: readonly Guest[]): Promise<void> {
    if (guests.length === 0) return;
    const { waiters, caller, clock } = this.#parts;
    const rows = guests.map(({ record, shut = '' }) => waiterOf(record, shut, clock.now()));
    await waiters.put(rows);
    crashPoint('gate.waiter-written');
    const isWritten = await Promise.all(guests.map((guest) => this.#writeHeldBack(guest)));
    crashPoint('gate.held-back');
    await waiters.drop(rows.filter((_, index) => !isWritten[index]));
    await this.giveBack(
      guests.flatMap(({ taken, forfeit }, index) => (isWritten[index] ? [...taken, ...forfeit] : taken)),
    );
    for (const { record } of guests) count('blocked', record);
    await caller.call(rows.map(({ gate }) => gate));
  }

  #writeHeldBack(guest: Guest): Promise<Written | undefined> {
    const { record, shut = '' } = guest;
    const heldBack = heldBackFor(shut, this.#parts.clock.now());
    return this.#parts.commit.write({
      id: record._id,
      filter: () => ({ n: record.n, state: { $in: [...RUNNABLE] } }),
      mark: 'settledBy',
      update: {
        $set: { ...heldBack, ...(hasHadTurn(guest) && { hadTurn: true }) },
        $unset: { promised: '' },
        $currentDate: { updatedAt: true },
      },
    });
  }

  /** Frees what a delivery has taken for nothing, and calls those who wait for it. */
  async giveBack(taken: readonly TakenSlot[]): Promise<void> {
    if (taken.length === 0) return;
    await this.#parts.slots.free(taken);
    void this.#parts.caller.call(taken.map(({ gate }) => gate));
  }
}

function admissionOf(guest: Guest | undefined): Admission {
  if (!guest) return OPEN;
  if (guest.shut !== undefined) return { kind: 'held-back' };
  return { kind: 'admitted', taken: guest.taken, ...(guest.at && { at: guest.at }) };
}

const hasHadTurn = ({ specs, shut }: Guest) => specs.some(({ kind, _id }) => kind === 'turn' && _id !== shut);

const latest = (one: Date | undefined, other: Date): Date => (one && one > other ? one : other);
