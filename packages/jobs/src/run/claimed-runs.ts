import type { Dispatcher } from '../broker/dispatcher.ts';
import type { AbortReason, JobDefinition } from '../define/define-job.ts';
import type { Limits } from '../limits/limits.ts';
import type { Tally } from '../operate/tally.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError } from '../runtime/errors.ts';
import type { Timing } from '../runtime/timing.ts';
import type { Announcer } from '../sweep/announcer.ts';
import type { Log } from '../telemetry/log.ts';
import { markFailed, spanRun } from '../telemetry/trace.ts';
import type { ClaimedRecord } from './claims.ts';
import type { RunResult } from './ending.ts';
import type { Heart } from './heart.ts';
import { perform, Running, saidFields } from './perform.ts';
import type { Settled, Settler } from './settle.ts';
import type { Toolbox } from './tools.ts';

export type Parts = {
  definitions: ReadonlyMap<string, JobDefinition>;
  heart: Heart;
  settler: Settler;
  dispatcher: Dispatcher;
  limits: Pick<Limits, 'left'>;
  announcer: Announcer;
  toolbox: Toolbox;
  timing: Timing;
  tally: Tally;
  log: Log;
};

type Turn = {
  /** Waits until the job may be run. @param signal of its run. @returns false when it is not to be run here. */
  begin(signal: AbortSignal): Promise<boolean>;
  /** The handler has returned, or was not called; what became of the job is still to be written. */
  onReturn(): void;
};

/** Claimed ahead and given back: it spends no attempt. */
const UNBEGUN: RunResult = { kind: 'released' };

/** The runs of this process, each from its claim to what follows its end. */
export class ClaimedRuns {
  readonly #parts: Parts;
  readonly #running = new Set<Running>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  abortAll(reason: AbortReason): void {
    for (const running of this.#running) running.abort(reason);
  }

  /** @throws when the job is not performed here, or its end cannot be written. */
  async run(record: ClaimedRecord, { begin, onReturn }: Turn): Promise<void> {
    const { definitions, heart, settler } = this.#parts;
    const definition = definitions.get(record.name);
    if (!definition) throw new Error(`job ${record.name} is not performed here`);
    const running = new Running(record, () => heart.said());
    heart.add(running);
    this.#running.add(running);
    crashPoint('run.unstarted');
    const result = (await begin(running.signal)) ? await this.#performTraced(running, definition) : UNBEGUN;
    crashPoint('run.returned');
    this.#running.delete(running);
    onReturn();
    crashPoint('run.left');
    if (running.hasLogged) await this.#parts.toolbox.flush();
    // The lease is kept until the end stands in the record: however long that takes, nobody else does the work again.
    const settling = settler.settle(record, definition, result, saidFields(running.takeSaid()));
    const settled = await settling.finally(() => heart.remove(running));
    crashPoint(settled && 'events' in settled.transition ? 'end.written' : 'wait.written');
    await this.#follow(record, result, settled);
  }

  #performTraced(running: Running, definition: JobDefinition): Promise<RunResult> {
    const { record } = running;
    running.isBegun = true;
    return spanRun(record, async (span) => {
      this.#parts.tally.count('started', record);
      this.#parts.tally.waited(record);
      const startedAt = performance.now();
      const result = await perform(running, definition, { ...this.#parts.timing, tools: this.#parts.toolbox });
      this.#parts.tally.ran(record, performance.now() - startedAt);
      if (result.kind === 'thrown') {
        span.recordException(result.error);
        markFailed(span, result.error.name, result.error.message);
      }
      if (result.kind === 'outcome' && result.outcome.kind === 'fail')
        markFailed(span, result.outcome.failure.code, result.outcome.failure.message);
      return result;
    });
  }

  /** What comes after the end: it may fail or never happen, the record knows what is still to be done. */
  async #follow(record: ClaimedRecord, result: RunResult, settled: Settled): Promise<void> {
    const { log, announcer, dispatcher, tally } = this.#parts;
    const fields = { jobId: record._id, job: record.name, attempt: record.attempt };
    if (!settled) return log.warn(fields, 'the job was no longer ours when it ended');
    const { transition } = settled;
    if ('events' in transition) {
      tally.count(transition.to, record, transition.failure?.code);
      if (transition.failure)
        log.error(
          { ...fields, ...transition.failure, err: result.kind === 'thrown' ? result.error : undefined },
          'job failed for good',
        );
      else log.info({ ...fields, state: transition.to }, 'job ended');
      // Not waited for: a bus that is away must not hold up a drain. It never rejects.
      void announcer.tell(settled.record);
      return;
    }
    if (transition.to === 'snoozed') tally.count('snoozed', record);
    if (transition.error) tally.count('retried', record, transition.error.code);
    const reason = result.kind === 'thrown' ? asError(result.error).message : undefined;
    log[reason ? 'warn' : 'info'](
      { ...fields, state: transition.to, nextRunAt: transition.nextRunAt, reason },
      'job waits for another run',
    );
    await this.#parts.limits.left(settled.record);
    await dispatcher.dispatch(settled.record);
    crashPoint('wait.dispatched');
  }
}
