import type { JobFilter } from '../record/job-filter.ts';
import type { JobPlace } from '../record/job-place.ts';

/** What is done to every job that a filter finds; `replay` is for dead letters, messages and events among them. */
export type OperationKind = 'cancel' | 'retry' | 'delete' | 'replay';
export type OperationState = 'running' | 'completed' | 'cancelled' | 'failed';

/** Which dead letters a replay is for. */
export type LetterFilter = {
  fingerprint?: string | undefined;
  name?: string | undefined;
  source?: 'job' | 'message' | 'event' | undefined;
};

export type Problem = { readonly id: string; readonly code: string; readonly detail: string };

/** Where the next page begins: a place in the list of jobs, or the letter behind which to go on. */
export type Cursor = { readonly job: JobPlace } | { readonly letter: string };

/** A deed on many jobs, worked off page by page by whichever replica holds its lease. */
export type OperationRow = {
  _id: string;
  kind: OperationKind;
  /** JSON text: the names of its fields may hold dots. */
  filter: string;
  before: Date;
  /** What the filter found when the operation was accepted. */
  total: number;
  done: number;
  skipped: number;
  failed: number;
  state: OperationState;
  /** Ids of the items that are being changed, written down before the first of them is; empty before the first page. */
  page: string[];
  /** What the page holds. */
  source: 'job' | 'letter';
  /** Behind the page; null on the last. */
  cursor: Cursor | null;
  /** Pages begun. */
  turn: number;
  /** Items a second; absent for as fast as may be. */
  rate?: number;
  /** The last of those that could not be changed. */
  problems: Problem[];
  /** Errors in a row. */
  strikes: number;
  error?: string;
  lease?: { token: string; owner: string; renewedAt: Date };
  cancelRequestedAt?: Date;
  createdBy: string | null;
  createdAt: Date;
  startedAt?: Date;
  endedAt?: Date;
  updatedAt: Date;
};

/** An operation as people and programs see it: JSON-ready. `skipped` are items that needed nothing or had moved on; `total` was counted at the start. */
export type OperationView = {
  id: string;
  kind: OperationKind;
  filter: Record<string, unknown>;
  before: string;
  total: number;
  done: number;
  skipped: number;
  failed: number;
  progress: number;
  state: OperationState;
  rate: number | null;
  problems: Problem[];
  error: string | null;
  createdBy: string | null;
  cancelRequestedAt: string | null;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  updatedAt: string;
};

export function viewOfOperation(row: OperationRow): OperationView {
  const { kind, total, done, skipped, failed, state, problems, createdBy } = row;
  const seen = done + skipped + failed;
  return {
    id: row._id,
    kind,
    filter: JSON.parse(row.filter) as Record<string, unknown>,
    before: row.before.toISOString(),
    total,
    done,
    skipped,
    failed,
    progress: state === 'completed' || total === 0 ? 1 : Math.min(1, seen / total),
    state,
    rate: row.rate ?? null,
    problems,
    error: row.error ?? null,
    createdBy,
    cancelRequestedAt: row.cancelRequestedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** The jobs that an operation is for, by its filter and its time. */
export function jobsOf({ kind, filter, before }: Pick<OperationRow, 'kind' | 'filter' | 'before'>): JobFilter {
  const given = JSON.parse(filter) as JobFilter & { from?: string; to?: string } & LetterFilter;
  if (kind === 'replay')
    return {
      state: ['failed'],
      name: given.name,
      fingerprint: given.fingerprint,
      letter: 'open',
      endedBefore: before,
    };
  const { from, to, ...rest } = given;
  return {
    ...rest,
    createdBefore: before,
    ...(from && { from: new Date(from) }),
    ...(to && { to: new Date(to) }),
  };
}
