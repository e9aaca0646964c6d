import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { Log } from '../telemetry/log.ts';
import { JournalAudit } from './journal-audit.ts';
import { adoptUnjournalled, type LedgerItem, ledgerOf } from './ledger.ts';

/** The sum over all records is no query for every scrape. */
const FRESH_MS = 15_000;

/** Keeps the ledger of this service at hand, and says it aloud when it does not balance. */
export class LedgerBook {
  readonly #parts: { collections: Collections; clock: DatabaseClock; names: readonly string[]; log: Log };
  readonly #audit: JournalAudit;
  #items: LedgerItem[] = [];
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(parts: { collections: Collections; clock: DatabaseClock; names: readonly string[]; log: Log }) {
    this.#parts = parts;
    this.#audit = new JournalAudit(parts.collections);
  }

  /** The ledger as it is now. */
  async read(): Promise<LedgerItem[]> {
    this.#items = await ledgerOf(this.#parts.collections, this.#parts.names, this.#audit.lost);
    this.#readAt = performance.now();
    return this.#items;
  }

  /** The ledger as it was at most 15 s ago. */
  async recent(): Promise<LedgerItem[]> {
    return performance.now() - this.#readAt < FRESH_MS ? this.#items : this.read();
  }

  /** Journals what enqueuers have left out when they died, and raises the alarm. */
  async check(): Promise<void> {
    if (performance.now() - this.#readAt < FRESH_MS) return;
    await this.#audit.step();
    const items = await this.read();
    for (const { name, imbalance, accepted } of items.filter((item) => item.imbalance !== 0)) {
      this.#parts.log.error({ job: name, accepted, imbalance }, 'the ledger does not balance');
    }
    if (items.some(({ unjournalled }) => unjournalled > 0)) {
      const adopted = await adoptUnjournalled(this.#parts.collections, this.#parts.clock.now());
      if (adopted > 0) this.#parts.log.warn({ jobs: adopted }, 'jobs whose enqueuer died before it journalled them');
    }
  }
}
