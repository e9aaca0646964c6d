import type { LedgerItem } from '../ledger/ledger.ts';

/** The ledger does not balance; `rows` are those that don't. */
export class LedgerImbalance extends Error {
  override readonly name = 'LedgerImbalance';
  readonly rows: readonly LedgerItem[];

  constructor(rows: readonly LedgerItem[]) {
    super(
      `the ledger does not balance: ${rows.map(asLine).join('; ')}; a job was lost, ended twice or will never wake`,
    );
    this.rows = rows;
  }
}

/** Accepted commands against what became of them, of the runtime or of its inline twin. @throws LedgerImbalance with the rows that do not balance. */
export async function assertLedger(jobs: { ledger(): Promise<LedgerItem[]> }): Promise<void> {
  const rows = (await jobs.ledger()).filter(({ imbalance }) => imbalance !== 0);
  if (rows.length > 0) throw new LedgerImbalance(rows);
}

function asLine({ name, accepted, succeeded, failed, discarded, cancelled, live, imbalance }: LedgerItem): string {
  return `${name}: accepted ${accepted}, succeeded ${succeeded}, failed ${failed}, discarded ${discarded}, cancelled ${cancelled}, live ${live}, imbalance ${imbalance}`;
}
