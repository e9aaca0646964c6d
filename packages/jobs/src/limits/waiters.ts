import type { ClientSession } from 'mongoose';
import type { Lane } from '../define/define-job.ts';
import type { Collections } from '../record/collections.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import type { JobRecord } from '../record/record.ts';
import type { WaiterRow } from './gate-row.ts';

const RANKS: Readonly<Record<Lane, number>> = { hi: 0, std: 1, lo: 2 };

/** The row by which a job waits at a gate. */
export const waiterOf = (record: JobRecord, gate: string, since: Date): WaiterRow => ({
  _id: record._id,
  gate,
  tenant: record.tenant ?? '',
  rank: RANKS[record.lane],
  at: record.createdAt,
  n: record.n,
  since,
});

/** Who waits at which gate: tenants in turn, and of each tenant the better lane and the older job first. */
export class Waiters {
  readonly #waiters: Collections['waiters'];

  constructor({ waiters }: Collections) {
    this.#waiters = waiters;
  }

  /** A job waits at one gate: the latest. */
  async put(rows: readonly WaiterRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#waiters.bulkWrite(
      rows.map(({ _id, ...fields }) => ({ updateOne: { filter: { _id }, update: { $set: fields }, upsert: true } })),
      { ordered: false },
    );
  }

  /** Of jobs that are about to be written; who is there already, stays as it is. */
  async add(rows: readonly WaiterRow[], session?: ClientSession): Promise<void> {
    if (rows.length === 0) return;
    try {
      await this.#waiters.insertMany([...rows], { ordered: false, ...(session && { session }) });
    } catch (error) {
      if (session || !isDuplicateKey(error)) throw error;
    }
  }

  /** Of these gates, those where somebody waits. */
  async crowded(gates: readonly string[]): Promise<Set<string>> {
    const found = await Promise.all(gates.map((gate) => this.#waiters.findOne({ gate }, { projection: { gate: 1 } })));
    return new Set(found.flatMap((row) => (row ? [row.gate] : [])));
  }

  /** A page of the gates where somebody waits, in the order of their names. */
  async gatesAfter(gate: string, limit: number): Promise<string[]> {
    const gates: string[] = [];
    for (let last = gate; gates.length < limit; ) {
      const row = await this.#waiters.findOne({ gate: { $gt: last } }, { sort: { gate: 1 }, projection: { gate: 1 } });
      if (!row) break;
      gates.push(row.gate);
      last = row.gate;
    }
    return gates;
  }

  /**
   * Whose turn it is, at most `count`: one of each tenant, round and round, beginning behind the tenant called last.
   * @param passedOver jobs that cannot be called now.
   */
  async next(
    gate: string,
    count: number,
    lastTenant: string,
    passedOver: readonly string[] = [],
  ): Promise<WaiterRow[]> {
    const [behind, before] = await Promise.all([
      this.#firsts(gate, count, { after: lastTenant }, passedOver),
      this.#firsts(gate, count, { upTo: lastTenant }, passedOver),
    ]);
    const firsts = [...behind, ...before].slice(0, count);
    const tenants = firsts.length;
    if (tenants === 0 || tenants >= count) return firsts;
    const each = Math.ceil(count / tenants);
    const lines = await Promise.all(
      firsts.map(({ tenant }) => this.#line({ gate, tenant, _id: { $nin: [...passedOver] } }, each)),
    );
    const rounds = Array.from({ length: each }, (_, round) => lines.flatMap((line) => line[round] ?? []));
    return rounds.flat().slice(0, count);
  }

  /** Those who have been called, or never will be. A row that was renewed meanwhile stays. */
  async drop(rows: readonly Pick<WaiterRow, '_id' | 'n'>[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#waiters.bulkWrite(
      rows.map(({ _id, n }) => ({ deleteOne: { filter: { _id, n: { $lte: n } } } })),
      { ordered: false },
    );
  }

  /** The first in line of each tenant in a range, found by leaping from one tenant to the next. */
  async #firsts(
    gate: string,
    count: number,
    { after, upTo }: { after?: string; upTo?: string },
    passedOver: readonly string[],
  ): Promise<WaiterRow[]> {
    const firsts: WaiterRow[] = [];
    const bound = upTo === undefined ? {} : { $lte: upTo };
    let beyond: object = after === undefined ? { $gte: '' } : { $gt: after };
    while (firsts.length < count) {
      const [first] = await this.#line({ gate, tenant: { ...beyond, ...bound }, _id: { $nin: [...passedOver] } }, 1);
      if (!first) break;
      firsts.push(first);
      beyond = { $gt: first.tenant };
    }
    return firsts;
  }

  #line(filter: object, limit: number): Promise<WaiterRow[]> {
    return this.#waiters.find(filter).sort({ tenant: 1, rank: 1, at: 1, _id: 1 }).limit(limit).toArray();
  }
}
