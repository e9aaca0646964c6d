import type { SlotRow } from './gate-row.ts';
import type { GateSpec } from './gates.ts';
import { freePlaces, isReserved, liveSlots } from './places.ts';
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

  /** All slots that a job lacks, or the gate that has none for it. */
  wishesOf(jobId: string, specs: readonly GateSpec[]): SlotWish[] | { readonly shut: string } {
    const wishes: SlotWish[] = [];
    for (const spec of specs.filter(({ kind }) => kind !== 'rate')) {
      const own = this.#own(jobId, spec);
      const wish = own ? this.#keeping(own, spec) : this.#taking(jobId, spec);
      if (!wish) return { shut: spec._id };
      wishes.push(wish);
    }
    for (const wish of wishes) this.#mark(wish);
    return wishes;
  }

  /** What a job that is held back has to give up: all but what it keeps until its end. */
  forfeitOf(jobId: string, specs: readonly GateSpec[]): SlotRow[] {
    return specs.flatMap((spec) => this.#own(jobId, spec) ?? []).filter((own) => own.hold !== 'job' || isReserved(own));
  }

  #own(jobId: string, { _id }: GateSpec): SlotRow | undefined {
    const rows = this.#rows.get(_id) ?? [];
    return liveSlots(rows, this.#parts.now).find((slot) => slot.jobId === jobId);
  }

  /** Written even where it holds for long enough: whoever has called the job to it may still give it back under the old token. */
  #keeping(own: SlotRow, spec: GateSpec): SlotWish {
    const { wish, now } = this.#parts;
    return { ...wish(own.jobId, spec, own.i, now), token: own.token, isFresh: isReserved(own) };
  }

  #taking(jobId: string, spec: GateSpec): SlotWish | undefined {
    const { crowded, now, widthOf, wish } = this.#parts;
    // Nobody jumps the queue: a free slot is for those who wait already.
    if (crowded.has(spec._id)) return undefined;
    const i = freePlaces(this.#rows.get(spec._id) ?? [], widthOf(spec), now)[0];
    return i === undefined ? undefined : wish(jobId, spec, i, now);
  }

  /** The next in the batch finds it taken. */
  #mark(wish: SlotWish): void {
    const others = (this.#rows.get(wish.gate) ?? []).filter(({ i }) => i !== wish.i);
    this.#rows.set(wish.gate, [...others, { ...wish, _id: '', token: '' }]);
  }
}
