import type { SlotRow } from './gate-row.ts';
import type { GateSpec } from './gates.ts';
import { freePlaces, liveSlots } from './places.ts';
import type { SlotWish } from './slots.ts';

type PlanParts = {
  readonly rows: readonly SlotRow[];
  /** Gates where somebody waits already. */
  readonly crowded: ReadonlySet<string>;
  readonly now: Date;
  widthOf(spec: GateSpec): number;
  wish(jobId: string, spec: GateSpec, i: number, now: Date): SlotWish;
};

/** Who of a batch gets which slot, by what was read: decided here, and then tried by compare-and-set. */
export class SlotPlan {
  readonly #parts: PlanParts;
  readonly #rows: Map<string, SlotRow[]>;

  constructor(parts: PlanParts) {
    this.#parts = parts;
    this.#rows = Map.groupBy(parts.rows, ({ gate }) => gate);
  }

  /** All slots that a job needs, or the gate that has none for it. */
  wishesOf(jobId: string, specs: readonly GateSpec[]): SlotWish[] | { readonly shut: string } {
    const wishes: SlotWish[] = [];
    for (const spec of specs.filter(({ kind }) => kind !== 'rate')) {
      const wish = this.#wishOf(jobId, spec);
      if (!wish) return { shut: spec._id };
      wishes.push(wish);
    }
    for (const wish of wishes) this.#mark(wish);
    return wishes;
  }

  #wishOf(jobId: string, spec: GateSpec): SlotWish | undefined {
    const { crowded, now, widthOf, wish } = this.#parts;
    const rows = this.#rows.get(spec._id) ?? [];
    const own = liveSlots(rows, now).find((slot) => slot.jobId === jobId);
    if (own) return { ...wish(jobId, spec, own.i, now), token: own.token };
    // Nobody jumps the queue: a free slot is for those who wait already.
    if (crowded.has(spec._id)) return undefined;
    const i = freePlaces(rows, widthOf(spec), now)[0];
    return i === undefined ? undefined : wish(jobId, spec, i, now);
  }

  /** The next in the batch finds it taken. */
  #mark(wish: SlotWish): void {
    const others = (this.#rows.get(wish.gate) ?? []).filter(({ i }) => i !== wish.i);
    this.#rows.set(wish.gate, [...others, { ...wish, _id: '', token: '' }]);
  }
}
