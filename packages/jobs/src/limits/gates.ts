import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { GateRow } from './gate-row.ts';
import { grantStarts, nextStartMs, type Rate } from './gcra.ts';

/** A gate that was not used for longer may be forgotten by others, so it is written down anew. */
const KNOWN_FOR_MS = 3_600_000;
const MAX_KNOWN = 10_000;
const CACHE_MS = 5_000;
/** A rate that somebody has set to nought is looked at again after this time. */
const SHUT_MS = 10_000;
const MAX_RACES = 20;

/** What the rule of a job says about a gate. */
export type GateSpec = Omit<GateRow, 'freeAtMs' | 'usedAt'>;

/** Whoever overrides the width of limits while they are in use. @returns the width, at least 0. */
export type MaxOf = (limit: { queue: string; rule: string; key: string; declared: number }) => number;

/** How wide each gate is, and when a rate allows the next start. */
export class Gates {
  readonly #gates: Collections['gates'];
  readonly #clock: DatabaseClock;
  readonly #maxOf: MaxOf;
  readonly #known = new Map<string, { text: string; untilMs: number }>();
  readonly #cache = new Map<string, { row: GateRow; untilMs: number }>();
  /** Slots of all workers, by queue. */
  #workers: ReadonlyMap<string, number> = new Map();
  readonly #leastWindow: number;

  constructor(parts: { collections: Collections; clock: DatabaseClock; maxOf: MaxOf; concurrency: number }) {
    this.#gates = parts.collections.gates;
    this.#clock = parts.clock;
    this.#maxOf = parts.maxOf;
    this.#leastWindow = Math.max(20, 2 * parts.concurrency);
  }

  /** Writes down gates that this process meets for the first time, or after a while, or with another rule. */
  async know(specs: readonly GateSpec[]): Promise<void> {
    const now = this.#clock.now();
    const fresh = new Map<string, { spec: GateSpec; text: string }>();
    for (const spec of specs) {
      const text = JSON.stringify(spec);
      const known = this.#known.get(spec._id);
      if (known?.text !== text || known.untilMs < now.getTime()) fresh.set(spec._id, { spec, text });
    }
    if (fresh.size === 0) return;
    await this.#gates.bulkWrite(
      [...fresh.values()].map(({ spec: { _id, ...fields } }) => ({
        updateOne: { filter: { _id }, update: { $set: { ...fields, usedAt: now } }, upsert: true },
      })),
      { ordered: false },
    );
    if (this.#known.size > MAX_KNOWN) this.#known.clear();
    for (const gate of fresh.keys()) this.#cache.delete(gate);
    for (const [gate, { text }] of fresh) this.#known.set(gate, { text, untilMs: now.getTime() + KNOWN_FOR_MS });
  }

  /** What the rule says, at most a few seconds old; null when nobody has met the gate yet. */
  async find(gate: string): Promise<GateRow | null> {
    const cached = this.#cache.get(gate);
    if (cached && cached.untilMs > performance.now()) return cached.row;
    const row = await this.#gates.findOne({ _id: gate });
    if (this.#cache.size > MAX_KNOWN) this.#cache.clear();
    if (row) this.#cache.set(gate, { row, untilMs: performance.now() + CACHE_MS });
    return row;
  }

  /** How many may pass at the same time, or per span of time. */
  widthOf({ _id, kind, queue, rule, declared }: GateSpec): number {
    if (kind === 'turn' && declared === 0) return Math.max(this.#leastWindow, 2 * (this.#workers.get(queue) ?? 0));
    return this.#maxOf({ queue, rule, key: _id.slice(kind.length + 1), declared });
  }

  rateOf(row: GateSpec): Rate {
    const max = Math.max(1, this.widthOf(row));
    return { max, perMs: row.perMs ?? 1, burst: Math.min(max, row.burst ?? 1) };
  }

  /** Twice the slots of its workers is what a turn window is wide by default. */
  countWorkers(slotsByQueue: ReadonlyMap<string, number>): void {
    this.#workers = slotsByQueue;
  }

  /** Takes up to `wanted` starts from a rate, from now until `aheadMs` from now. @returns when each may be, and when the next could. */
  async starts(spec: GateSpec, wanted: number, aheadMs: number): Promise<{ at: Date[]; next: Date }> {
    const rate = this.rateOf(spec);
    for (let tries = 0; tries < MAX_RACES; tries++) {
      const seen = (await this.#gates.findOne({ _id: spec._id }))?.freeAtMs;
      const nowMs = this.#clock.now().getTime();
      if (this.widthOf(spec) <= 0) return { at: [], next: new Date(nowMs + SHUT_MS) };
      const { at, freeAtMs } = grantStarts(rate, seen ?? 0, nowMs, wanted, nowMs + aheadMs);
      const next = new Date(nextStartMs(rate, freeAtMs, nowMs));
      if (at.length === 0) return { at: [], next };
      const { matchedCount } = await this.#gates.updateOne(
        { _id: spec._id, freeAtMs: seen === undefined ? { $exists: false } : seen },
        { $set: { freeAtMs } },
      );
      if (matchedCount === 1) return { at: at.map((ms) => new Date(Math.ceil(ms))), next };
    }
    return { at: [], next: new Date(this.#clock.now().getTime() + aheadMs) };
  }
}
