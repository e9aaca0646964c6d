import { createHash } from 'node:crypto';
import { issuesOf } from '../broker/envelope.ts';
import type { End, JobDefinition } from '../define/define-job.ts';
import type { Aftermath, CommandDraft, Failure, Outcome } from '../define/outcome.ts';
import { decideRetry } from '../define/retry-policy.ts';
import type { ErrorEntry, JobRecord, StoredCommand, StoredEvent, TerminalState } from '../record/record.ts';
import { asError } from '../runtime/errors.ts';
import { derivedId } from '../runtime/ids.ts';
import { assertTellable } from './tellable.ts';

const KEPT_ERRORS = 5;
const MAX_STACK_CHARS = 4_000;
const MAX_MESSAGE_CHARS = 2_000;

/** What became of a run: an outcome, a thrown error, or a shutdown before its end. */
export type RunResult =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'thrown'; readonly error: Error }
  /** What it needs is not to be had before then. */
  | { readonly kind: 'held'; readonly until: Date; readonly waitingFor: string }
  | { readonly kind: 'released' };

type Fields = Record<string, unknown>;
/** An update of the record; the writer adds filter and timestamps. */
export type Update = { $set: Fields; $unset?: Fields; $inc?: Fields; $push?: Fields };

/** The one write by which a run leaves `executing`, and what follows from it. */
export type Transition =
  | {
      readonly to: TerminalState;
      readonly update: Update;
      readonly events: StoredEvent[];
      readonly jobs: StoredCommand[];
      readonly failure?: Failure;
    }
  | {
      readonly to: 'retryable' | 'snoozed' | 'available';
      readonly update: Update;
      readonly nextRunAt: Date;
      readonly n: number;
      readonly error?: ErrorEntry;
    };

/** The transition after a run. Pure. @param now by the database's clock. @throws Error when the outcome cannot be judged, or its events not be told. */
export function transitionAfter(
  record: JobRecord,
  definition: JobDefinition,
  result: RunResult,
  now: Date,
): Transition {
  if (result.kind === 'released') return waitAgain(record, 'available', now, { $inc: { attempt: -1 } });
  if (result.kind === 'held') {
    const { until, waitingFor } = result;
    return waitAgain(record, 'snoozed', until > now ? until : now, { $set: { waitingFor }, $inc: { attempt: -1 } });
  }
  if (result.kind === 'thrown') return afterThrow(record, definition, result.error, now);
  const { outcome } = result;
  switch (outcome.kind) {
    case 'snooze':
      return waitAgain(record, 'snoozed', new Date(now.getTime() + Math.max(0, outcome.delayMs)), {
        $inc: { attempt: -1 },
      });
    case 'done':
      for (const draft of outcome.events ?? []) assertTellable(draft);
      return endWith(record, definition, { state: 'completed', result: outcome.result ?? null }, now, outcome);
    case 'fail':
      return endWith(record, definition, { state: 'failed', failure: outcome.failure }, now);
    case 'discard':
      return endWith(record, definition, { state: 'discarded', why: outcome.why }, now);
    case 'cancel':
      return endWith(record, definition, { state: 'cancelled', why: outcome.why }, now);
  }
}

/**
 * Ends a job, by whoever notices that it has ended. Evaluates `onEnd`. Pure, as `onEnd` is.
 * When `onEnd` throws, the job ends all the same, as failed by `on-end-failed` and with nothing to follow.
 */
export function endWith(
  record: JobRecord,
  definition: JobDefinition | undefined,
  end: End,
  now: Date,
  own: Aftermath = {},
  error?: Error,
): Transition {
  try {
    return endAfter(record, aftermath(record, definition, end), end, now, own, error);
  } catch (thrown) {
    const failure = {
      code: 'on-end-failed',
      message: asError(thrown).message,
      remedy: 'mend onEnd, then retry the job',
    };
    return endAfter(record, {}, { state: 'failed', failure }, now, {}, asError(thrown));
  }
}

function endAfter(record: JobRecord, after: Aftermath, end: End, now: Date, own: Aftermath, error?: Error): Transition {
  const { events, jobs } = following(record, own, after, now);
  const pending = events.length + jobs.length > 0 || record.batch !== undefined;
  const entry = end.state === 'failed' ? errorEntry(record, now, end.failure, error) : undefined;
  return {
    to: end.state,
    events,
    jobs,
    ...(end.state === 'failed' && { failure: end.failure }),
    update: {
      $set: {
        state: end.state,
        result: end.state === 'completed' ? end.result : null,
        ...(end.state === 'completed' && { progress: 1 }),
        ...('why' in end && { message: end.why }),
        ...(entry && { fingerprint: fingerprintOf(record.name, entry) }),
        // Cancelled before its time: by when it was due the archive finds what has ended long ago.
        ...(record.nextRunAt > now && { nextRunAt: now }),
        events,
        jobs,
        ...(pending && { announce: { pending, at: now } }),
      },
      $unset: { lease: '', wakeAt: '', dueAt: '', waitingFor: '', ...(!pending && { announce: '' }) },
      $inc: { ends: 1 },
      ...(entry && pushError(entry)),
    },
  };
}

/** What is told and commanded after an end. A reopened job may still owe what followed its former end: that comes first. */
function following(record: JobRecord, own: Aftermath, after: Aftermath, now: Date) {
  const owed = record.announce?.pending ? record : { events: [], jobs: [] };
  const events = [...(own.events ?? []), ...(after.events ?? [])];
  const jobs = [...(own.jobs ?? []), ...(after.jobs ?? [])];
  return {
    events: [...owed.events, ...events.map((draft, index) => storedEvent(record, draft, index, now))],
    jobs: [...owed.jobs, ...jobs.map((draft, index) => storedCommand(record, draft, index))],
  };
}

/** Makes a job runnable again at a time; `n` grows, so that every older message of it is a duplicate. */
export function waitAgain(
  record: JobRecord,
  to: 'retryable' | 'snoozed' | 'available',
  nextRunAt: Date,
  more: Partial<Update> = {},
): Extract<Transition, { nextRunAt: Date }> {
  return {
    to,
    nextRunAt,
    n: record.n + 1,
    update: {
      ...more,
      $set: { state: to, nextRunAt, dispatches: 1, ...more.$set },
      $unset: { lease: '', ...(more.$set?.['waitingFor'] === undefined && { waitingFor: '' }), ...more.$unset },
      $inc: { n: 1, ...more.$inc },
    },
  };
}

function afterThrow(record: JobRecord, definition: JobDefinition, error: Error, now: Date): Transition {
  const decision = decideRetry(error, definition.retry, {
    spent: record.failures,
    attempt: record.attempt,
    maxAttempts: record.maxAttempts,
  });
  if (!decision.retry)
    return endWith(record, definition, { state: 'failed', failure: failureOf(error, record) }, now, {}, error);
  const entry = errorEntry(record, now, failureOf(error, record), error);
  const again = waitAgain(record, 'retryable', new Date(now.getTime() + decision.delayMs), {
    ...pushError(entry),
    $inc: { [`failures.${decision.className}`]: 1 },
  });
  return { ...again, error: entry };
}

function failureOf(error: Error, record: JobRecord): Failure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : kebab(error.name);
  return {
    code,
    message: error.message,
    ...(record.attempt >= record.maxAttempts && { remedy: 'mend the cause, then retry the job' }),
  };
}

function aftermath(record: JobRecord, definition: JobDefinition | undefined, end: End): Aftermath {
  if (!definition) return {};
  const payload = currentPayload(record, definition);
  // A payload that no version reads fails the job; what follows its end cannot be asked of code that needs it.
  if (!payload.ok) return {};
  const { _id: jobId, rootId, attempt } = record;
  const after = definition.onEnd({ jobId, rootId, attempt, payload: payload.value }, end);
  for (const draft of after.events ?? []) assertTellable(draft);
  return after;
}

/** The record's payload brought up to the contract's version and checked by its schema. Never throws. */
export function currentPayload(
  record: Pick<JobRecord, 'name' | 'v' | 'payload'>,
  { contract }: JobDefinition,
): { ok: true; value: unknown } | { ok: false; detail: string } {
  try {
    let payload: unknown = record.payload;
    for (let version = record.v; version < contract.version; version++) {
      const upcast = contract.upcasts[version];
      if (!upcast) return { ok: false, detail: `job ${record.name}: no upcast from version ${version}` };
      payload = upcast(payload as never);
    }
    const schema = contract.versions[Math.max(record.v, contract.version)];
    if (!schema)
      return {
        ok: false,
        detail: `job ${record.name}: version ${record.v} is newer than this worker's ${contract.version}`,
      };
    const parsed = schema.safeParse(payload);
    return parsed.success
      ? { ok: true, value: parsed.data }
      : { ok: false, detail: `job ${record.name}: ${issuesOf(parsed.error)}` };
  } catch (error) {
    return { ok: false, detail: `job ${record.name}: upcast failed: ${asError(error).message}` };
  }
}

function storedCommand(record: JobRecord, { name, payload, delayMs = 0 }: CommandDraft, index: number): StoredCommand {
  return { id: derivedId(`${record.rootId}:${record.ends + 1}:job:${index}`), name, payload, delayMs };
}

function storedEvent(
  record: JobRecord,
  draft: { type: string; version: number; data: unknown },
  index: number,
  at: Date,
): StoredEvent {
  return {
    id: `${record.rootId}:${record.ends + 1}:${index}`,
    type: draft.type,
    version: draft.version,
    data: draft.data,
    at,
    jobId: record._id,
    ...record.trace,
  };
}

function errorEntry(record: JobRecord, at: Date, failure: Failure, error?: Error): ErrorEntry {
  return {
    attempt: record.attempt,
    at,
    class: error?.name ?? 'Failure',
    code: failure.code,
    message: failure.message.slice(0, MAX_MESSAGE_CHARS),
    ...(failure.remedy && { remedy: failure.remedy }),
    ...(error?.stack && { stack: error.stack.slice(0, MAX_STACK_CHARS) }),
  };
}

export const pushError = (entry: ErrorEntry) => ({ $push: { errors: { $each: [entry], $slice: -KEPT_ERRORS } } });

/** Failures that differ only in ids and numbers have the same fingerprint. */
function fingerprintOf(name: string, { class: errorClass, code, message }: ErrorEntry): string {
  const shape = message.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '<id>').replace(/\d+/g, '<n>');
  return createHash('sha256').update(`${name}\n${errorClass}\n${code}\n${shape}`).digest('hex').slice(0, 16);
}

const kebab = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
