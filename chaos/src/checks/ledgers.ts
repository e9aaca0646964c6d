import { serviceNames } from '../cluster/whole-cluster.ts';
import { comesTrue, type Operator } from './operator.ts';

type Row = {
  name: string;
  accepted: number;
  succeeded: number;
  failed: number;
  discarded: number;
  cancelled: number;
  live: number;
  imbalance: number;
};

export type Ledgers = {
  accepted: number;
  succeeded: number;
  failed: number;
  discarded: number;
  cancelled: number;
  live: number;
  imbalance: number;
};

/** A command that is being written just now stands on one side only for a moment. */
const settlesWithinMs = 15_000;

/** Reads every service's ledger, and names each job whose sides differ. A ledger that cannot be read balances nothing. */
export async function checkLedgers(operator: Operator): Promise<{ ledgers: Ledgers; faults: string[] }> {
  await comesTrue(async () => (await ledgersOf(operator)).every(({ imbalance }) => imbalance === 0), settlesWithinMs);
  const unread: string[] = [];
  const rows = await ledgersOf(operator).catch((error: unknown) => {
    unread.push(`the ledgers cannot be read: ${error}`);
    return [];
  });
  const sum = (column: keyof Ledgers) => rows.reduce((total, row) => total + row[column], 0);
  return {
    ledgers: {
      accepted: sum('accepted'),
      succeeded: sum('succeeded'),
      failed: sum('failed'),
      discarded: sum('discarded'),
      cancelled: sum('cancelled'),
      live: sum('live'),
      imbalance: rows.reduce((total, { imbalance }) => total + Math.abs(imbalance), 0),
    },
    faults: [
      ...unread,
      ...rows
        .filter(({ imbalance }) => imbalance !== 0)
        .map((row) => `the ledger of ${row.name} does not balance: ${JSON.stringify(row)}`),
    ],
  };
}

async function ledgersOf(operator: Operator): Promise<Row[]> {
  const books = await Promise.all(serviceNames.map((service) => operator.get<{ items: Row[] }>(service, '/ledger')));
  return books.flatMap(({ items }) => items);
}
