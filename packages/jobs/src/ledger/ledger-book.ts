import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { Log } from '../telemetry/log.ts';
import { JournalAudit } from './journal-audit.ts';
import { adoptUnjournalled, type LedgerItem, ledgerOf } from './ledger.ts';

/** The sum over all records is no query for every scrape, and takes no more than this share of the time, however many there are. */
const FRESH_MS = 15_000;
const SHARE = 1 / 50;

/** Keeps the ledger of this service at hand, and says it aloud when it does not balance. */
export class LedgerBook {
  readonly #parts: { collections: Collections; clock: DatabaseClock; names: readonly string[]; log: Log };
  readonly #audit: JournalAudit;
  #items: LedgerItem[] = [];
  #freshUntil = Number.NEGATIVE_INFINITY;

  constructor(parts: { collections: Collections; clock: DatabaseClock; names: readonly string[]; log: Log }) {
    this.#parts = parts;
    this.#audit = new JournalAudit(parts.collections);
  }

  /** The ledger as it is now. */
  async read(): Promise<LedgerItem[]> {
    const begun = performance.now();
    this.#items = await ledgerOf(this.#parts.collections, this.#parts.names, this.#audit.lost);
    const now = performance.now();
    this.#freshUntil = now + Math.max(FRESH_MS, (now - begun) / SHARE);
    return this.#items;
  }

  /** The ledger as it was at most 15 s ago, or fifty times as long ago as it takes to read. */
  async recent(): Promise<LedgerItem[]> {
    return this.#isFresh ? this.#items : this.read();
  }

  /** Journals what enqueuers have left out when they died, and raises the alarm. */
  async check(): Promise<void> {
    if (this.#isFresh) return;
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

  get #isFresh(): boolean {
    return performance.now() < this.#freshUntil;
  }
}
