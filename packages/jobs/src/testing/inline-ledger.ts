import type { LedgerItem } from '../ledger/ledger.ts';
import { isTerminal } from '../record/record.ts';
import type { InlineRecords } from './inline-records.ts';

/** The ledger of one job name, balanced as the runtime's is: the journal against the records. */
export function inlineLedger(records: InlineRecords, name: string): LedgerItem {
  const ofName = records.select({ name });
  const counts = records.count({ name });
  const journalled = records.accepted(name);
  const twice = ofName.filter(({ ends, reopens }) => ends - reopens > 1).length;
  return {
    name,
    accepted: Math.max(journalled, ofName.length),
    archived: 0,
    unjournalled: Math.max(0, ofName.length - journalled),
    succeeded: counts.completed,
    failed: counts.failed,
    discarded: counts.discarded,
    cancelled: counts.cancelled,
    live: ofName.filter(({ state }) => !isTerminal(state)).length,
    imbalance: Math.max(0, journalled - ofName.length) + twice,
  };
}
