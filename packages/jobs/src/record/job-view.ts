import { type StepView, viewOfSteps } from '../steps/step-views.ts';
import type { ErrorEntry, JobRecord } from './record.ts';

/** A job as people and programs see it: JSON-ready, times as ISO strings. */
export type JobView = {
  id: string;
  name: string;
  version: number;
  queue: string;
  lane: string;
  state: string;
  attempt: number;
  maxAttempts: number;
  crashes: number;
  progress: number;
  message: string | null;
  meta: Record<string, unknown>;
  tags: string[];
  payload: unknown;
  result: unknown;
  errors: (Omit<ErrorEntry, 'at'> & { at: string })[];
  waitingFor: string | null;
  cancelRequestedAt: string | null;
  worker: string | null;
  traceId: string | null;
  rootId: string;
  parentId: string | null;
  replayedFrom: string | null;
  /** Of members of a batch only. */
  batchId?: string;
  fingerprint: string | null;
  createdAt: string;
  /** When it is, or was, due; when it ended, if it was cancelled before that. */
  scheduledAt: string;
  startedAt: string | null;
  endedAt: string | null;
  updatedAt: string;
  waitMs: number | null;
  runMs: number | null;
  /** Absent for jobs without steps; at most the first hundred. */
  steps?: StepView[];
};

/** The job resource of a record. `waitMs` is from creation to the latest start, `runMs` from there to the end. */
export function viewOf(record: JobRecord): JobView {
  const { startedAt, endedAt } = record;
  return {
    id: record._id,
    name: record.name,
    version: record.v,
    queue: record.queue,
    lane: record.lane,
    state: record.state,
    attempt: record.attempt,
    maxAttempts: record.maxAttempts,
    crashes: record.crashes,
    progress: record.progress,
    message: record.message,
    meta: record.meta,
    tags: record.tags,
    payload: record.payload,
    result: record.result ?? null,
    errors: record.errors.map((entry) => ({ ...entry, at: entry.at.toISOString() })),
    waitingFor: record.waitingFor ?? null,
    cancelRequestedAt: iso(record.cancelRequestedAt),
    worker: record.lease?.owner ?? null,
    traceId: record.traceId ?? null,
    rootId: record.rootId,
    parentId: record.parentId ?? null,
    replayedFrom: record.replayedFrom ?? null,
    ...(record.batch && { batchId: record.batch.id }),
    fingerprint: record.fingerprint ?? null,
    createdAt: record.createdAt.toISOString(),
    scheduledAt: record.nextRunAt.toISOString(),
    startedAt: iso(startedAt),
    endedAt: iso(endedAt),
    updatedAt: record.updatedAt.toISOString(),
    waitMs: startedAt ? Math.max(0, startedAt.getTime() - record.createdAt.getTime()) : null,
    runMs: startedAt && endedAt ? Math.max(0, endedAt.getTime() - startedAt.getTime()) : null,
    ...(record.steps && { steps: viewOfSteps(record.steps) }),
  };
}

const iso = (date: Date | undefined) => date?.toISOString() ?? null;
