import type { AbortReason, JobDefinition, Run } from '../define/define-job.ts';
import { fail, snooze } from '../define/outcome.ts';
import type { JobRecord } from '../record/record.ts';
import { asError, JobTimeout } from '../runtime/errors.ts';
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
  { abortGraceMs }: { abortGraceMs: number },
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
    const handler = definition.run(runOf(running, payload.value));
    const outcome = await Promise.race([handler, abandoned(running.signal, abortGraceMs)]);
    return { kind: 'outcome', outcome };
  } catch (error) {
    return afterAbort(running, definition, asError(error));
  } finally {
    clearTimeout(timer);
  }
}

function runOf(running: Running, payload: unknown): Run<unknown> {
  const { record, signal } = running;
  return {
    jobId: record._id,
    rootId: record.rootId,
    name: record.name,
    attempt: record.attempt,
    maxAttempts: record.maxAttempts,
    payload,
    createdAt: record.createdAt,
    signal,
    progress: (fraction, message) =>
      running.say({ progress: Math.min(1, Math.max(0, fraction)), ...(message !== undefined && { message }) }),
    meta: (patch) => running.say({ meta: patch }),
  };
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
