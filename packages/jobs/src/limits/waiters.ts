import type { ClientSession } from 'mongoose';
import type { Lane } from '../define/define-job.ts';
import type { Collections } from '../record/collections.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import type { JobRecord } from '../record/record.ts';
import type { WaiterRow } from './gate-row.ts';

/** A tenant who comes anew is seen at once by the process that has it wait, and after this time at the latest by all others. */
const TENANTS_KNOWN_MS = 250;
const MAX_TENANTS = 200;
const MAX_KNOWN = 10_000;

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

type KnownTenants = { readonly names: readonly string[]; readonly untilMs: number };
const UNKNOWN: KnownTenants = { names: [], untilMs: 0 };

/** Who waits at which gate: tenants in turn, and of each tenant the better lane and the older job first. */
export class Waiters {
  readonly #waiters: Collections['waiters'];
  readonly #tenants = new Map<string, KnownTenants>();

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
    this.#greet(rows);
  }

  /** Of jobs that are about to be written; who is there already, stays as it is. */
  async add(rows: readonly WaiterRow[], session?: ClientSession): Promise<void> {
    if (rows.length === 0) return;
    try {
      await this.#waiters.insertMany([...rows], { ordered: false, ...(session && { session }) });
    } catch (error) {
      if (session || !isDuplicateKey(error)) throw error;
    }
    this.#greet(rows);
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
    const known = this.#tenants.get(gate);
    if (known && known.untilMs > performance.now()) {
      const rows = await this.#oneOfEach(gate, count, turned(known.names, lastTenant), passedOver);
      if (rows.length > 0) return rows;
    }
    const names = await this.#readTenants(gate, lastTenant);
    return this.#oneOfEach(gate, count, turned(names, lastTenant), passedOver);
  }

  /** Those who have been called, or never will be. A row that was renewed meanwhile stays. */
  async drop(rows: readonly Pick<WaiterRow, '_id' | 'n'>[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#waiters.bulkWrite(
      rows.map(({ _id, n }) => ({ deleteOne: { filter: { _id, n: { $lte: n } } } })),
      { ordered: false },
    );
  }

  /** Remembers them, unless a tenant has come anew while they were read. */
  async #readTenants(gate: string, lastTenant: string): Promise<readonly string[]> {
    if (this.#tenants.size > MAX_KNOWN) this.#tenants.clear();
    const reading = { ...UNKNOWN };
    this.#tenants.set(gate, reading);
    const names = await this.#tenantsAt(gate, lastTenant);
    const isCurrent = this.#tenants.get(gate) === reading;
    if (isCurrent) this.#tenants.set(gate, { names, untilMs: performance.now() + TENANTS_KNOWN_MS });
    return names;
  }

  /** Whoever comes anew does not wait until those who are known have had all their turns. Of a crowd not all are known anyway. */
  #greet(rows: readonly WaiterRow[]): void {
    for (const { gate, tenant } of rows) {
      const { names } = this.#tenants.get(gate) ?? UNKNOWN;
      if (names.length < MAX_TENANTS && !names.includes(tenant)) this.#tenants.delete(gate);
    }
  }

  async #oneOfEach(
    gate: string,
    count: number,
    tenants: readonly string[],
    passedOver: readonly string[],
  ): Promise<WaiterRow[]> {
    const asked = tenants.slice(0, count);
    const each = Math.ceil(count / asked.length);
    const lines = await Promise.all(
      asked.map((tenant) => this.#line({ gate, tenant, _id: { $nin: [...passedOver] } }, each)),
    );
    const longest = Math.max(0, ...lines.map((line) => line.length));
    const rounds = Array.from({ length: longest }, (_, round) => lines.flatMap((line) => line[round] ?? []));
    return rounds.flat().slice(0, count);
  }

  /** Those who wait, two hundred at most, behind the one called last or from the beginning. */
  async #tenantsAt(gate: string, lastTenant: string): Promise<string[]> {
    const [behind, before] = await Promise.all([
      this.#leap(gate, { $gt: lastTenant }, {}),
      this.#leap(gate, { $gte: '' }, { $lte: lastTenant }),
    ]);
    return [...behind, ...before].slice(0, MAX_TENANTS);
  }

  /** From one tenant to the next by the index, however many jobs each has. */
  async #leap(gate: string, first: object, bound: object): Promise<string[]> {
    const tenants: string[] = [];
    for (let beyond = first; tenants.length < MAX_TENANTS; ) {
      const [row] = await this.#line({ gate, tenant: { ...beyond, ...bound } }, 1);
      if (!row) break;
      tenants.push(row.tenant);
      beyond = { $gt: row.tenant };
    }
    return tenants;
  }

  #line(filter: object, limit: number): Promise<WaiterRow[]> {
    return this.#waiters.find(filter).sort({ tenant: 1, rank: 1, at: 1, _id: 1 }).limit(limit).toArray();
  }
}

/** In the order of their names, beginning behind the last. */
function turned(tenants: readonly string[], last: string): string[] {
  const sorted = [...tenants].sort(byCodeUnits);
  return [...sorted.filter((tenant) => tenant > last), ...sorted.filter((tenant) => tenant <= last)];
}

const byCodeUnits = (one: string, other: string) => (one < other ? -1 : 1);
