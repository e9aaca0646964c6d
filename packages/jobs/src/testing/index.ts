export { assertLedger, LedgerImbalance } from './assert-ledger.ts';
export { drain } from './drain.ts';
export { FakeClock } from './fake-clock.ts';
export { goldenPayloads } from './golden-payloads.ts';
export { type InlineJobs, type InlineOptions, inlineJobs } from './inline-jobs.ts';
export type { Buried, Drained } from './inline-runner.ts';
export { loneRun } from './lone-run.ts';
