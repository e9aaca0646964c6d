import type { Lane } from '../define/define-job.ts';
import type { JobLimit } from '../limits/limit-fields.ts';

/** Waiting for their time or a worker. */
export const WAITING = ['scheduled', 'available', 'retryable', 'snoozed'] as const;
/** Waiting with a message on its way; `scheduled` has none before it is due. */
export const RUNNABLE = ['available', 'retryable', 'snoozed'] as const;
/** Over. */
export const TERMINAL = ['completed', 'failed', 'discarded', 'cancelled'] as const;

export type WaitingState = (typeof WAITING)[number];
export type TerminalState = (typeof TERMINAL)[number];
export type JobState = WaitingState | 'executing' | TerminalState;

export const STATES: readonly JobState[] = [...WAITING, 'executing', ...TERMINAL];

/** A fact stored with the end of a job, announced from there, and announceable again. */
export type StoredEvent = {
  /** `<rootId>:<ordinal of the end>:<index>`: a rerun of the same end repeats the same id. */
  id: string;
  type: string;
  version: number;
  data: unknown;
  at: Date;
  jobId?: string;
  traceparent?: string;
  tracestate?: string;
};

/** A follow-up command stored with the end of a job. */
export type StoredCommand = { id: string; name: string; payload: unknown; delayMs: number };

export type ErrorEntry = {
  attempt: number;
  at: Date;
  class: string;
  code: string;
  message: string;
  remedy?: string;
  stack?: string;
};

export type TraceContext = { traceparent: string; tracestate?: string };

/** What is known of a step. Without `ms` it is only an intent: the call was begun, and nobody knows whether it took effect. */
export type StepRow = {
  at: Date;
  attempt: number;
  /** How long the step took. */
  ms?: number;
  /** What the step gave, as JSON text, so that no key of it means anything to the database; absent when it gave nothing. */
  json?: string;
  /** The value stands in `job_steps`. */
  apart?: true;
  /** Who began a call whose outcome may become unknown. */
  worker?: string;
};

type Lease = { token: string; owner: string; renewedAt: Date; alone?: boolean };

/** One row in the owner service's `jobs` collection: the authority over everything that a job is. */
export type JobRecord = {
  _id: string;
  name: string;
  v: number;
  queue: string;
  lane: Lane;
  payload: unknown;
  state: JobState;
  /** Dispatch number: grows whenever the job becomes runnable again, never reset. The only guard against duplicates. */
  n: number;
  attempt: number;
  maxAttempts: number;
  /** Failures per error class, for policies that count by class. */
  failures: Record<string, number>;
  /** Processes that died with this job in hand. */
  crashes: number;
  /** Of these, those that had nothing else in hand. */
  loneCrashes: number;
  fence: number;
  lease?: Lease;
  /** The token of the last transition that was no claim: tells a repeated write from a lost one. */
  settledBy?: string;
  nextRunAt: Date;
  /** When the message of this waiting job counts as overdue; absent while it runs and after its end. */
  wakeAt?: Date;
  /** When a waiting job that has no message yet is to be given one. */
  dueAt?: Date;
  dispatches: number;
  dispatchedAt?: Date;
  waitingFor?: string;
  /** What has to let it pass before it runs; absent for jobs without limits. */
  limits?: JobLimit[];
  /** Whose turn it takes; absent where nobody takes turns. */
  tenant?: string;
  /** Its turn has come once; what holds it back since is something else. */
  hadTurn?: true;
  /** A start that a rate has promised, and when; forgotten when it comes too late. */
  promised?: { gate: string; at: Date };
  cancelRequestedAt?: Date;
  key?: string;
  rootId: string;
  parentId?: string;
  replayedFrom?: string;
  /** The batch that it is a member of, and its place there. */
  batch?: { id: string; i: number };
  /** Receipts by escaped name, the first hundred; absent for jobs without steps. */
  steps?: Record<string, StepRow>;
  /** More receipts stand in `job_steps`. */
  hasStepsApart?: true;
  /** The last checkpoint, as JSON text. */
  cursor?: string;
  progress: number;
  message: string | null;
  meta: Record<string, unknown>;
  tags: string[];
  /** What the job is searched by for good, see `labels.ts`. */
  labels: string[];
  result: unknown;
  /** The last five. */
  errors: ErrorEntry[];
  /** Groups failed jobs that failed alike. */
  fingerprint?: string;
  /** What a person has decided about this failed job; absent while it is open. */
  deadLetter?: { state: 'parked' | 'resolved' | 'replayed'; note?: string; at: Date; by?: string };
  /** The chunk of the archive that counts it; it is never run again. */
  archivedBy?: string;
  /** The operation on many jobs that has changed this one last. */
  operation?: string;
  announce?: { pending: boolean; at: Date };
  events: StoredEvent[];
  jobs: StoredCommand[];
  /** Ends written so far, over all records of this root. */
  ends: number;
  /** How many of these ends were reopened on purpose. `ends − reopens` above 1 is an end written twice. */
  reopens: number;
  trace?: TraceContext;
  traceId?: string;
  createdAt: Date;
  startedAt?: Date;
  endedAt?: Date;
  updatedAt: Date;
};

export const isTerminal = (state: JobState): state is TerminalState => TERMINAL.some((terminal) => terminal === state);
