import { BreakerOpen } from '../breakers/breaker-open.ts';
import type { AbortReason, JobDefinition, Run } from '../define/define-job.ts';
import { fail, type Outcome, snooze } from '../define/outcome.ts';
import type { RunTools } from '../define/run-tools.ts';
import type { JobRecord } from '../record/record.ts';
import { asError, JobTimeout } from '../runtime/errors.ts';
import { UnknownOutcome } from '../steps/step-errors.ts';
import { currentPayload, type RunResult } from './ending.ts';
import { missingFor } from './strangers.ts';

/** How long a job of a newer release waits that came by a message which hid it. */
const NEWER_RELEASE_MS = 1_000;

/** What a running handler has said since it was last written down. */
export type Said = { progress?: number; message?: string; meta: Record<string, unknown> };

/** The fields of the record that these words set. */
export function saidFields(said: Said | undefined): Record<string, unknown> {
  const meta = Object.fromEntries(Object.entries(said?.meta ?? {}).map(([field, value]) => [`meta.${field}`, value]));
  return {
    ...meta,
    ...(said?.progress !== undefined && { progress: said.progress }),
    ...(said?.message !== undefined && { message: said.message }),
  };
}

/** A run in this process, from claim to end. */
export class Running {
  readonly record: JobRecord;
  /** Not only claimed: its handler has been called. */
  isBegun = false;
  /** Its log has lines of this run. */
  hasLogged = false;
  readonly #controller = new AbortController();
  readonly #onSaid: (running: Running) => void;
  #said: Said | undefined;

  constructor(record: JobRecord, onSaid: (running: Running) => void) {
    this.record = record;
    this.#onSaid = onSaid;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first reason stays. */
  abort(reason: AbortReason): void {
    this.#controller.abort(reason);
  }

  /** Takes what is to be written, once. */
  takeSaid(): Said | undefined {
    const said = this.#said;
    this.#said = undefined;
    return said;
  }

  say(said: Partial<Said>): void {
    this.#said = { ...this.#said, ...said, meta: { ...this.#said?.meta, ...said.meta } };
    this.#onSaid(this);
  }
}

/** Runs the handler of a claimed job. Never throws; a handler that ignores its signal is left behind. */
export async function perform(
  running: Running,
  definition: JobDefinition,
  { abortGraceMs, tools }: { abortGraceMs: number; tools: { for(running: Running): RunTools } },
): Promise<RunResult> {
  // Its message did not say so: waiting spends nothing, and its next message does say.
  if (missingFor(running.record, definition)) return { kind: 'outcome', outcome: snooze(NEWER_RELEASE_MS) };
  const payload = currentPayload(running.record, definition);
  if (!payload.ok)
    return {
      kind: 'outcome',
      outcome: fail({ code: 'payload-invalid', message: payload.detail, remedy: 'replay it with a corrected payload' }),
    };
  const timer = setTimeout(() => running.abort('timeout'), definition.contract.timeoutMs);
  try {
    const handler = guarded(definition, runOf(running, payload.value, tools.for(running)));
    const outcome = await Promise.race([handler, abandoned(running.signal, abortGraceMs)]);
    return { kind: 'outcome', outcome };
  } catch (error) {
    return afterThrow(running, definition, asError(error));
  } finally {
    clearTimeout(timer);
  }
}

/** The breakers of the whole run, the first outermost. */
function guarded({ breakers = [], run: handle }: JobDefinition, run: Run<unknown>): Promise<Outcome> {
  const through = breakers.reduceRight<() => Promise<Outcome>>(
    (inner, breaker) => () => run.through(breaker, inner),
    () => handle(run),
  );
  return through();
}

function runOf(running: Running, payload: unknown, tools: RunTools): Run<unknown> {
  const { record, signal } = running;
  // Not spread: what stands in the tools is made when it is asked for.
  return Object.assign(tools, {
    jobId: record._id,
    rootId: record.rootId,
    name: record.name,
    attempt: record.attempt,
    maxAttempts: record.maxAttempts,
    payload,
    createdAt: record.createdAt,
    signal,
    progress: (fraction: number, message?: string) =>
      running.say({ progress: Math.min(1, Math.max(0, fraction)), ...(message !== undefined && { message }) }),
    meta: (patch: Record<string, unknown>) => running.say({ meta: patch }),
  });
}

/** Rejects when the signal was aborted and the handler has not come back within the grace. */
function abandoned(signal: AbortSignal, graceMs: number): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = () =>
      setTimeout(
        () => reject(new Error(`the handler went on for ${graceMs} ms after its signal: ${signal.reason}`)),
        signal.reason === 'lease-lost' ? 0 : graceMs,
      ).unref();
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

/** What the run's own tools have thrown ends it in their way, also when the handler has wrapped it. */
function afterThrow(running: Running, definition: JobDefinition, error: Error): RunResult {
  const unknown = causeOf(error, UnknownOutcome);
  if (unknown && running.signal.reason !== 'lease-lost') {
    const { code, message, remedy } = unknown;
    return { kind: 'outcome', outcome: fail({ code, message, remedy }) };
  }
  const open = running.signal.aborted ? undefined : causeOf(error, BreakerOpen);
  if (open) return { kind: 'held', until: open.until, waitingFor: `breaker:${open.breaker}` };
  return afterAbort(running, definition, error);
}

const MAX_CAUSES = 8;

/** The error itself or what caused it, when that is of the class. */
function causeOf<Wanted extends Error>(
  error: Error,
  wanted: abstract new (...args: never[]) => Wanted,
): Wanted | undefined {
  let cause: unknown = error;
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth++) {
    if (cause instanceof wanted) return cause;
    cause = cause.cause;
  }
  return undefined;
}

/** A throw after an abort is the handler heeding its signal; what it means stands in the reason. */
function afterAbort({ signal, record }: Running, { contract }: JobDefinition, error: Error): RunResult {
  switch (signal.reason as AbortReason | undefined) {
    case 'cancelled':
      return { kind: 'outcome', outcome: { kind: 'cancel', why: 'cancelled while it ran' } };
    case 'shutdown':
    case 'lease-lost':
      return { kind: 'released' };
    case 'timeout':
      return {
        kind: 'thrown',
        error: new JobTimeout(`job ${record.name} ran longer than ${contract.timeoutMs} ms`, { cause: error }),
      };
    default:
      return { kind: 'thrown', error };
  }
}
