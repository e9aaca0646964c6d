import type { Lane } from '../define/define-job.ts';

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
  /** The token that wrote the last transition out of `executing`: tells a repeated write from a lost one. */
  settledBy?: string;
  nextRunAt: Date;
  /** When the message of this waiting job counts as overdue; absent while it runs and after its end. */
  wakeAt?: Date;
  /** When a waiting job that has no message yet is to be given one. */
  dueAt?: Date;
  dispatches: number;
  dispatchedAt?: Date;
  waitingFor?: string;
  cancelRequestedAt?: Date;
  key?: string;
  rootId: string;
  parentId?: string;
  replayedFrom?: string;
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
  deadLetter?: { state: 'parked' | 'resolved' | 'replayed'; note?: string; at: Date };
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
