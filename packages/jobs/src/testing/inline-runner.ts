import { wakeOf } from '../broker/dispatcher.ts';
import type { JobDefinition } from '../define/define-job.ts';
import type { EnqueueOptions } from '../enqueue/new-record.ts';
import { isTerminal, type JobRecord, type StoredCommand, type StoredEvent } from '../record/record.ts';
import { endWith, type RunResult, type Transition, transitionAfter } from '../run/ending.ts';
import { perform, Running, saidFields } from '../run/perform.ts';
import { asError, JobsError } from '../runtime/errors.ts';
import { newId } from '../runtime/ids.ts';
import { defaultTiming } from '../runtime/timing.ts';
import { asStored } from './as-stored.ts';
import type { FakeClock } from './fake-clock.ts';
import type { InlineRecords } from './inline-records.ts';
import type { InlineSchedules } from './inline-schedules.ts';
import { inlineTools } from './inline-tools.ts';
import { promote } from './inline-unique.ts';

/** A job that becomes due by its own doing runs for ever. */
const MAX_RUNS = 10_000;

/** A follow-up that the runtime would keep as a dead letter. */
export type Buried = { readonly name: string; readonly payload: unknown; readonly reason: string };

/** How many runs of a drain led to which state. */
export type Drained = Record<Transition['to'], number>;

type Parts = {
  records: InlineRecords;
  clock: FakeClock;
  definitions: ReadonlyMap<string, JobDefinition>;
  schedules: InlineSchedules;
  announce(events: StoredEvent[]): Promise<void>;
  command(name: string, payload: unknown, options: EnqueueOptions): unknown;
  bury(letter: Buried): void;
};

/** Performs what is due in the twin's records, one job after the other, by the runtime's own rules. */
export class InlineRunner {
  readonly #parts: Parts;
  readonly #running = new Map<string, Running>();
  /** One drain after the other, or two of them would run jobs side by side. */
  #draining: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  drain(queue?: string): Promise<Drained> {
    return this.#inTurn(() => this.#drain(queue));
  }

  drainAll(queue?: string): Promise<Drained> {
    return this.#inTurn(() => this.#drainAll(queue));
  }

  /** @throws RangeError for less than no time. */
  pass(ms: number): Promise<Drained> {
    return this.#inTurn(() => this.#pass(ms));
  }

  /** A job that waits for another one must not wait for itself. */
  get isRunning(): boolean {
    return this.#running.size > 0;
  }

  /** Aborts a run by somebody's wish. */
  abort(jobId: string): void {
    this.#running.get(jobId)?.abort('cancelled');
  }

  /** Writes an end and tells what follows from it. */
  async end(record: JobRecord, transition: Transition): Promise<void> {
    const left = this.#write(record, transition);
    if (isTerminal(left.state)) promote(this.#parts.records, left, this.#parts.clock.now());
    await this.#tell(left);
  }

  #inTurn(work: () => Promise<Drained>): Promise<Drained> {
    const turn = this.#draining.then(work);
    this.#draining = turn.catch(() => undefined);
    return turn;
  }

  async #drain(queue?: string, drained = noneDrained()): Promise<Drained> {
    const { records, clock, schedules } = this.#parts;
    await this.#tellPending();
    schedules.fire(clock.now());
    for (;;) {
      const record = records.nextDue(clock.now(), queue);
      if (!record) return drained;
      if (sum(drained) >= MAX_RUNS)
        throw new Error(`inline jobs: still busy after ${MAX_RUNS} runs; job ${record.name} is due again and again`);
      drained[await this.#run(record)]++;
    }
  }

  async #drainAll(queue?: string): Promise<Drained> {
    const { records, clock } = this.#parts;
    const drained = await this.#drain(queue);
    for (;;) {
      const next = records.nextTime(queue);
      if (!next) return drained;
      clock.advanceTo(next);
      await this.#drain(queue, drained);
    }
  }

  async #pass(ms: number): Promise<Drained> {
    const { records, clock, schedules } = this.#parts;
    if (!(ms >= 0)) throw new RangeError(`inline jobs: ${ms} ms cannot go by; give 0 or more`);
    const until = new Date(clock.now().getTime() + ms);
    const drained = await this.#drain();
    for (;;) {
      const next = earlier(records.nextTime(), schedules.next());
      clock.advanceTo(next && next < until ? next : until);
      await this.#drain(undefined, drained);
      if (clock.now() >= until) return drained;
    }
  }

  async #run(waiting: JobRecord): Promise<Transition['to']> {
    const { definitions } = this.#parts;
    const definition = definitions.get(waiting.name);
    if (!definition) throw new Error(`job ${waiting.name} is not performed here`);
    const record = this.#claim(waiting);
    const running = new Running(record, () => this.#hear(running));
    this.#running.set(record._id, running);
    const result = stored(await perform(running, definition, { ...defaultTiming, tools: inlineTools(this.#parts) }));
    this.#running.delete(record._id);
    const transition = this.#judge(this.#stored(record._id), definition, result);
    await this.end(record, transition);
    return transition.to;
  }

  #claim({ _id }: JobRecord): JobRecord {
    const now = this.#parts.clock.now();
    const lease = { token: newId(), owner: 'inline', renewedAt: now };
    return this.#parts.records.update(
      _id,
      {
        $set: { state: 'executing', lease, startedAt: now },
        $unset: { wakeAt: '', dueAt: '', waitingFor: '' },
        $inc: { fence: 1, attempt: 1 },
      },
      now,
    );
  }

  /** What a run says is seen at once. */
  #hear(running: Running): void {
    const { records, clock } = this.#parts;
    records.update(running.record._id, { $set: saidFields(running.takeSaid()) }, clock.now());
  }

  /** As the runtime judges: a policy that throws fails the job, and whoever was asked to stop does not wait for another run. */
  #judge(record: JobRecord, definition: JobDefinition, result: RunResult): Transition {
    const now = this.#parts.clock.now();
    const transition = judged(record, definition, result, now);
    if ('events' in transition || !record.cancelRequestedAt) return transition;
    return endWith(record, definition, { state: 'cancelled', why: 'cancelled while it ran' }, now);
  }

  #write(record: JobRecord, transition: Transition): JobRecord {
    const { records, clock } = this.#parts;
    const now = clock.now();
    const wake =
      'events' in transition
        ? { endedAt: now }
        : { ...wakeOf(transition.to, transition.nextRunAt, now, defaultTiming.redispatchMs), dispatchedAt: now };
    const { $set, ...rest } = transition.update;
    return records.update(record._id, { ...rest, $set: { ...$set, ...wake } }, now);
  }

  async #tellPending(): Promise<void> {
    for (const record of this.#parts.records.all.filter(({ announce }) => announce?.pending)) await this.#tell(record);
  }

  /** Follow-ups first, then the announcement; what nobody hears now stays pending. */
  async #tell(record: JobRecord): Promise<void> {
    const { records, clock, announce } = this.#parts;
    if (!record.announce?.pending) return;
    try {
      for (const command of record.jobs) this.#follow(command, record);
      if (record.events.length > 0) await announce(record.events);
      records.update(record._id, { $set: { 'announce.pending': false } }, clock.now());
    } catch {
      // Stands in the record; the next drain tells it.
    }
  }

  #follow({ id, name, payload, delayMs }: StoredCommand, ended: JobRecord): void {
    const { clock, command, bury } = this.#parts;
    const runAt = delayMs > 0 ? { runAt: new Date(clock.now().getTime() + delayMs) } : {};
    try {
      command(name, payload, { id, parentId: ended._id, meta: ended.meta, ...runAt });
    } catch (error) {
      if (!(error instanceof JobsError)) throw error;
      bury({ name, payload, reason: error.code });
    }
  }

  #stored(id: string): JobRecord {
    const record = this.#parts.records.find(id);
    if (!record) throw new Error(`record ${id} was removed while it ran`);
    return record;
  }
}

/** A result that JSON cannot carry cannot be stored. */
function stored(result: RunResult): RunResult {
  if (result.kind !== 'outcome' || result.outcome.kind !== 'done' || result.outcome.result === undefined) return result;
  try {
    return { kind: 'outcome', outcome: { ...result.outcome, result: asStored(result.outcome.result) } };
  } catch (error) {
    const failure = {
      code: 'end-not-storable',
      message: asError(error).message,
      remedy: 'return less, or only JSON, then retry the job',
    };
    return { kind: 'outcome', outcome: { kind: 'fail', failure } };
  }
}

function judged(record: JobRecord, definition: JobDefinition, result: RunResult, now: Date): Transition {
  try {
    return transitionAfter(record, definition, result, now);
  } catch (error) {
    const failure = {
      code: 'outcome-invalid',
      message: asError(error).message,
      remedy: 'mend the handler or its retry policy, then retry the job',
    };
    return endWith(record, definition, { state: 'failed', failure }, now, {}, asError(error));
  }
}

const earlier = (one: Date | undefined, other: Date | undefined): Date | undefined =>
  one && other && other < one ? other : (one ?? other);

const noneDrained = (): Drained => ({
  completed: 0,
  failed: 0,
  discarded: 0,
  cancelled: 0,
  retryable: 0,
  snoozed: 0,
  available: 0,
});

const sum = (drained: Drained) => Object.values(drained).reduce((total, count) => total + count, 0);
