import type { End, JobDefinition, Run } from '../define/define-job.ts';
import type { Aftermath, Outcome } from '../define/outcome.ts';
import type { JobRecord, StepRow } from '../record/record.ts';
import { asError } from '../runtime/errors.ts';
import { newId } from '../runtime/ids.ts';
import { type Effect, ShadowRun } from './shadow-run.ts';

/** Somebody waits for the answer. */
const LONGEST_MS = 10_000;

/** How a rehearsed run ended: what the handler returned, or threw. */
type RehearsedOutcome =
  | { readonly kind: Outcome['kind']; readonly [field: string]: unknown }
  | { readonly kind: 'throw'; readonly class: string; readonly message: string };

export type Rehearsed = {
  readonly rehearsed: boolean;
  readonly effects: readonly Effect[];
  readonly outcome?: RehearsedOutcome;
  /** Why there is no outcome. */
  readonly why?: string;
};

/** What a job that runs again under its id finds of its earlier runs. */
export type Before = Pick<JobRecord, 'rootId' | 'maxAttempts'> & {
  readonly cursor: string | undefined;
  receiptOf(step: string): Promise<StepRow | undefined>;
};

/**
 * Runs a job's handler with nothing applied: steps with a receipt give it back, others are noted and answered by the
 * definition's stand-ins, and where there is none the rehearsal ends. Only for a definition that says how it is rehearsed:
 * what a handler does past its steps cannot be kept from happening.
 */
export async function rehearse(
  definition: JobDefinition,
  payload: unknown,
  before: Before | undefined,
): Promise<Rehearsed> {
  const { rehearse: rule, contract } = definition;
  if (!rule) return { rehearsed: false, effects: [], why: `${contract.name} does not say how it is rehearsed` };
  const { answers = {} } = rule;
  const jobId = newId();
  const abort = new AbortController();
  const shadow = new ShadowRun({
    jobId,
    rootId: before?.rootId ?? jobId,
    name: contract.name,
    maxAttempts: before?.maxAttempts ?? contract.maxAttempts,
    payload,
    answers,
    receiptOf: async (step) => before?.receiptOf(step),
    cursor: before?.cursor,
    signal: abort.signal,
  });
  const timer = setTimeout(() => abort.abort('timeout'), Math.min(contract.timeoutMs, LONGEST_MS));
  const handle = (run: Run<unknown>) => (rule.run ? rule.run(run) : definition.run(run));
  try {
    const outcome = await Promise.race([handle(shadow.run), aborted(abort.signal)]);
    return { rehearsed: true, ...endOf(definition, shadow, outcome) };
  } catch (error) {
    return { rehearsed: true, ...endByThrow(shadow, asError(error)) };
  } finally {
    clearTimeout(timer);
    abort.abort('shutdown');
  }
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));

function endOf(
  definition: JobDefinition,
  shadow: ShadowRun,
  outcome: Outcome | undefined,
): Omit<Rehearsed, 'rehearsed'> {
  const { effects, endedAt } = shadow;
  if (endedAt !== undefined) return { effects, why: stopped(endedAt) };
  if (!outcome) return { effects, why: `the handler did not end within ${LONGEST_MS} ms` };
  const { events: _events, jobs: _jobs, ...told } = { events: [], jobs: [], ...outcome };
  try {
    return { effects: [...effects, ...followOf(definition, shadow, outcome)], outcome: told };
  } catch (error) {
    return { effects, outcome: told, why: `onEnd failed: ${asError(error).message}` };
  }
}

/** What is told and commanded after this end. */
function followOf({ onEnd }: JobDefinition, { run }: ShadowRun, outcome: Outcome): Effect[] {
  const end = endFrom(outcome);
  if (!end) return [];
  const own: Aftermath = outcome.kind === 'done' ? outcome : {};
  const after = onEnd({ jobId: run.jobId, rootId: run.rootId, attempt: run.attempt, payload: run.payload }, end);
  return [
    ...[...(own.events ?? []), ...(after.events ?? [])].map(({ type, data }) => effect('event', type, data)),
    ...[...(own.jobs ?? []), ...(after.jobs ?? [])].map(({ name, payload }) => effect('job', name, payload)),
  ];
}

const effect = (kind: Effect['kind'], name: string, detail: unknown): Effect => ({ kind, name, detail });

function endFrom(outcome: Outcome): End | undefined {
  switch (outcome.kind) {
    case 'done':
      return { state: 'completed', result: outcome.result ?? null };
    case 'fail':
      return { state: 'failed', failure: outcome.failure };
    case 'discard':
      return { state: 'discarded', why: outcome.why };
    case 'cancel':
      return { state: 'cancelled', why: outcome.why };
    case 'snooze':
      return undefined;
  }
}

function endByThrow({ effects, endedAt }: ShadowRun, error: Error): Omit<Rehearsed, 'rehearsed'> {
  if (endedAt !== undefined) return { effects, why: stopped(endedAt) };
  return { effects, outcome: { kind: 'throw', class: error.name, message: error.message } };
}

const stopped = (name: string) =>
  `what comes after ${JSON.stringify(name)} depends on its answer, and the definition has no stand-in for it`;
