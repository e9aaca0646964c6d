import type { Dispatcher } from '../broker/dispatcher.ts';
import { type Envelope, read } from '../broker/envelope.ts';
import type { Delivery } from '../broker/worker-link.ts';
import type { JobDefinition } from '../define/define-job.ts';
import type { Limits } from '../limits/limits.ts';
import type { Tally } from '../operate/tally.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError } from '../runtime/errors.ts';
import type { Timing } from '../runtime/timing.ts';
import type { Announcer } from '../sweep/announcer.ts';
import type { Log } from '../telemetry/log.ts';
import { markFailed, spanRun } from '../telemetry/trace.ts';
import type { ClaimedRecord, Claims } from './claims.ts';
import type { RunResult } from './ending.ts';
import type { Heart } from './heart.ts';
import { Lanes, type Picked, type Share } from './lanes.ts';
import { perform, Running, saidFields } from './perform.ts';
import type { Settled, Settler } from './settle.ts';
import type { Strangers } from './strangers.ts';
import type { Toolbox } from './tools.ts';

type Ready = { readonly delivery: Delivery; readonly envelope: Envelope };

export type RunnerParts = {
  definitions: ReadonlyMap<string, JobDefinition>;
  claims: Claims;
  heart: Heart;
  settler: Settler;
  dispatcher: Dispatcher;
  limits: Limits;
  announcer: Announcer;
  strangers: Strangers;
  toolbox: Toolbox;
  timing: Timing;
  concurrency: number;
  tally: Tally;
  /** How a queue takes part in this process, see {@link Lanes}. */
  shareOf(queue: string): Share;
  /** For suspects: keeps all else from running in this process, until what it gives is called. A crash is then theirs alone. */
  reserve?: () => Promise<() => void>;
  log: Log;
};

/** Turns deliveries into runs: at most `concurrency` at once, picked from the lanes by weight. */
export class Runner {
  readonly #parts: RunnerParts;
  readonly #lanes: Lanes<Ready>;
  readonly #busy = new Set<Promise<void>>();
  readonly #running = new Set<Running>();
  #isQuiet = false;
  #reservations = 0;
  #concurrency: number;
  #begun = 0;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#concurrency = parts.concurrency;
    this.#lanes = new Lanes((queue) => parts.shareOf(queue));
  }

  /** Takes a delivery from a lane; what nobody can read goes to the dead letters. */
  accept(delivery: Delivery): void {
    const reading = read(delivery.body, delivery.type, this.#parts.definitions);
    if (!reading.ok) {
      if (reading.envelope && this.#isQuiet) delivery.giveBack();
      else if (reading.envelope) this.#ask(delivery, reading.envelope, reading);
      else this.#refuse(delivery, reading);
    } else if (this.#isQuiet) {
      delivery.giveBack();
    } else {
      this.#line({ delivery, envelope: reading.envelope });
    }
  }

  /** What comes from no lane is a lane of its own. */
  #line(ready: Ready): void {
    const { source, queue } = ready.delivery;
    this.#lanes.push(source?.queue ?? queue, source?.lane ?? 'std', ready);
    this.#pump();
  }

  #refuse(delivery: Delivery, { reason, detail }: { reason: string; detail: string }): void {
    const { queue, messageId } = delivery;
    this.#parts.log.warn({ queue, messageId, reason, detail }, 'unreadable message');
    delivery.reject();
  }

  /** Not understood here, but perhaps by a newer release: the record knows. */
  #ask(delivery: Delivery, envelope: Envelope, why: { reason: string; detail: string }): void {
    const asking = this.#parts.strangers
      .judge(envelope)
      .then((verdict) => {
        if (verdict === 'record-missing') return this.#refuse(delivery, why);
        if (verdict !== 'perform') return delivery.ack();
        if (this.#isQuiet) return delivery.giveBack();
        this.#line({ delivery, envelope });
      })
      .catch((error: unknown) => {
        this.#parts.log.warn({ jobId: envelope.jobId, reason: asError(error).message }, 'message given back');
        delivery.giveBack();
      })
      .finally(() => this.#busy.delete(asking));
    this.#busy.add(asking);
  }

  /** Forgets what was delivered but not begun: the broker delivers it again, here or elsewhere. */
  forget(): void {
    this.#lanes.takeAll(({ delivery }) => delivery.isLost);
  }

  /** Gives back what of a queue was delivered but not begun. */
  giveBack(queue: string): void {
    for (const { delivery } of this.#lanes.takeAll((ready) => ready.delivery.source?.queue === queue))
      delivery.giveBack();
  }

  /** Begins nothing more, for good, and gives back what was not begun. What runs, runs on. */
  quiet(): void {
    this.#isQuiet = true;
    for (const { delivery } of this.#lanes.takeAll()) delivery.giveBack();
  }

  /** Looks again at what may run: the shares of the queues have changed, or the number of slots. */
  review(concurrency: number = this.#concurrency): void {
    this.#concurrency = concurrency;
    this.#pump();
  }

  /** Waits for what runs, at most `drainMs`; what runs on is aborted, released without spending an attempt, and left. */
  async drain(drainMs: number): Promise<void> {
    this.quiet();
    await withinMs(drainMs, () => this.#idle());
    for (const running of this.#running) running.abort('shutdown');
    await withinMs(this.#parts.timing.abortGraceMs * 2, () => this.#idle());
  }

  /** Starts nothing more until it is released; resolves when all that ran has ended. */
  async reserve(): Promise<() => void> {
    this.#reservations++;
    await this.#idle();
    return () => {
      this.#reservations--;
      this.#pump();
    };
  }

  async #idle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.allSettled([...this.#busy]);
  }

  #pump(): void {
    while (!this.#isQuiet && this.#reservations === 0 && this.#begun < this.#concurrency) {
      const picked = this.#lanes.pick();
      if (!picked) return;
      this.#begun++;
      const busy = this.#process(picked)
        .catch((error: unknown) => this.#giveUp(picked.item, error))
        .finally(() => this.#busy.delete(busy));
      this.#busy.add(busy);
    }
  }

  /** The life of one delivery. */
  async #process({ item: { delivery, envelope }, queue }: Picked<Ready>): Promise<void> {
    const slot = this.#holdSlot(queue);
    const release = await this.#parts.reserve?.();
    try {
      if (this.#isQuiet) return delivery.giveBack();
      const admission = await this.#parts.limits.admit(envelope, delivery.type);
      if (admission?.kind === 'held-back') return delivery.ack();
      const claim = await this.#parts.claims.claim(envelope, release !== undefined, delivery.source?.queue);
      if (claim.kind !== 'won') void this.#parts.limits.giveBack(envelope, admission);
      if (claim.kind === 'won') await this.#run(claim.record, release ? stay : () => leave(delivery, slot));
      if (claim.kind === 'early') await this.#parts.dispatcher.dispatch(claim.record);
      if (claim.kind === 'record-missing') return delivery.reject();
      delivery.ack();
    } finally {
      release?.();
      slot.release();
    }
  }

  /** The record goes on without the message: it is due again in time, or its lease expires. Kept unacknowledged, it would hold a place for ever. */
  #giveUp({ delivery, envelope }: Ready, error: unknown): void {
    this.#parts.log.error({ err: error, jobId: envelope.jobId }, 'delivery given up; the sweeper brings the job back');
    if (this.#isQuiet) delivery.giveBack();
    else delivery.ack();
  }

  /** @param onReturn called when the handler has returned and its end is still to be written. */
  async #run(record: ClaimedRecord, onReturn: () => void): Promise<void> {
    const { definitions, heart, settler } = this.#parts;
    const definition = definitions.get(record.name);
    if (!definition) throw new Error(`job ${record.name} is not performed here`);
    const running = new Running(record, () => heart.said());
    heart.add(running);
    this.#running.add(running);
    crashPoint('run.unstarted');
    const result = await this.#performTraced(running, definition);
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

  #holdSlot(queue: string): { release: () => void } {
    let isHeld = true;
    return {
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#begun--;
        this.#lanes.done(queue);
        this.#pump();
      },
    };
  }
}

/**
 * The message has asked for a claim, and that stands in the record: who takes over from here on is found by its lease, not by the message.
 * So the place is free, at the broker too, and the end of this job and the claim of the next share a write.
 */
function leave(delivery: Delivery, slot: { release(): void }): void {
  delivery.ack();
  slot.release();
}

/** Nothing begins beside a suspect before its end is written: a crash would be its own. */
const stay = (): void => undefined;

async function withinMs(ms: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work(), new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
