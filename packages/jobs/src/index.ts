export type { Announce } from './announcer.ts';
export type { DeadLetterRow, WorkerRow } from './collections.ts';
export type { DeadLetter, DeadLetterDesk } from './dead-letter-desk.ts';
export type { DeadLetterGroup } from './dead-letter-groups.ts';
export type { Letter } from './dead-letters.ts';
export {
  type AbortReason,
  type Contract,
  defineJob,
  type End,
  type EndedJob,
  type JobDefinition,
  type Lane,
  type Run,
} from './define-job.ts';
export { JobsError, type JobsErrorCode, JobTimeout } from './errors.ts';
export { derivedId, isId, newId } from './ids.ts';
export type { JobFilter } from './job-queries.ts';
export type { JobView } from './job-view.ts';
export { type Accepted, type CommandOptions, createJobs, type Jobs } from './jobs.ts';
export type { LedgerItem } from './ledger.ts';
export type { Log } from './log.ts';
export type { JobsOptions, Role } from './options.ts';
export {
  type Aftermath,
  type CommandDraft,
  cancel,
  discard,
  done,
  type EventDraft,
  type Failure,
  fail,
  type Outcome,
  snooze,
} from './outcome.ts';
export type { QueueView } from './queue-views.ts';
export { type JobState, STATES, type StoredEvent } from './record.ts';
export { type Backoff, every, exponential, on, type RetryRule } from './retry-policy.ts';
export type { Timing } from './timing.ts';
