export type { BatchDesk, BatchFilter } from './batches/batch-desk.ts';
export type { BatchRow } from './batches/batch-row.ts';
export type { BatchDetail, BatchView } from './batches/batch-view.ts';
export type { BatchDraft, BatchMember } from './batches/batches.ts';
export type { BreakerDesk, BreakerView } from './breakers/breaker-desk.ts';
export { BreakerOpen } from './breakers/breaker-open.ts';
export type { DeadLetterDesk, Edit, Rehearsal } from './dead-letters/dead-letter-desk.ts';
export type { DeadLetterGroup, LetterState } from './dead-letters/dead-letter-groups.ts';
export type { DeadLetter } from './dead-letters/dead-letter-view.ts';
export type { Letter } from './dead-letters/dead-letters.ts';
export type { Effect } from './dead-letters/shadow-run.ts';
export { type Breaker, breaker } from './define/breaker.ts';
export {
  type AbortReason,
  type Contract,
  defineJob,
  type End,
  type EndedJob,
  type JobDefinition,
  type Lane,
  type OnConflict,
  type Rehearse,
  type Run,
} from './define/define-job.ts';
export {
  type ConcurrencyLimit,
  concurrency,
  type FairRule,
  type LimitRule,
  type RateLimit,
  rate,
} from './define/limit-rules.ts';
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
} from './define/outcome.ts';
export { type Backoff, every, exponential, on, type RetryRule } from './define/retry-policy.ts';
export type { LogLevel, OnceOptions, RunLog, RunTools, StepTools } from './define/run-tools.ts';
export type { Keeping } from './ledger/archive.ts';
export type { LedgerItem } from './ledger/ledger.ts';
export type { LimitView } from './limits/limit-views.ts';
export type { FamilyNode, FamilyTree } from './lineage/family-tree.ts';
export type { LogQuery, LogView } from './logs/job-logs.ts';
export type { QueueChange, QueueDesk } from './operate/queue-desk.ts';
export { HISTORY_METRICS, type History, type HistoryMetric } from './operate/queue-history.ts';
export type { QueueDefaults } from './operate/queue-settings.ts';
export type { QueueView } from './operate/queue-views.ts';
export type { JobChange } from './operate/rescheduling.ts';
export type { VersionView } from './operate/version-log.ts';
export type { WorkerDesk, WorkerView } from './operate/worker-desk.ts';
export type { LetterFilter, OperationKind, OperationView } from './operations/operation.ts';
export type { OperationDesk } from './operations/operation-desk.ts';
export { Batcher, together } from './record/batcher.ts';
export type { DeadLetterRow, WorkerRow } from './record/collections.ts';
export { isDuplicateKey } from './record/duplicate-key.ts';
export { insertFresh } from './record/insert-fresh.ts';
export type { JobFilter } from './record/job-filter.ts';
export type { JobPlace } from './record/job-place.ts';
export type { JobView } from './record/job-view.ts';
export { type JobState, STATES, type StoredEvent } from './record/record.ts';
export { JobsError, type JobsErrorCode, JobTimeout } from './runtime/errors.ts';
export { derivedId, isId, newId } from './runtime/ids.ts';
export { type Accepted, type CommandOptions, createJobs, type Jobs } from './runtime/jobs.ts';
export type { JobsOptions, Role } from './runtime/options.ts';
export type { Timing } from './runtime/timing.ts';
export {
  defineSchedule,
  MISFIRES,
  type Misfire,
  type ScheduleDefinition,
  type SchedulePolicy,
} from './schedules/define-schedule.ts';
export type { ScheduleChange, ScheduleDesk, ScheduleView } from './schedules/schedule-desk.ts';
export type { StepAnswers } from './steps/step-answers.ts';
export type { StepView } from './steps/step-views.ts';
export type { Announce } from './sweep/announcer.ts';
export type { Log } from './telemetry/log.ts';
