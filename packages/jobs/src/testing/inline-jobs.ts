import type { Commandable, JobDefinition, PayloadOf } from '../define/define-job.ts';
import { checkedPayload, type EnqueueOptions, newRecord } from '../enqueue/new-record.ts';
import { isSuccessor } from '../enqueue/successors.ts';
import type { LedgerItem } from '../ledger/ledger.ts';
import { cancelling, type Deed, hurrying, reopening } from '../operate/deeds.ts';
import { conflict, waitsItsTurn } from '../operate/refusals.ts';
import { type JobChange, needsWaiting, rescheduling } from '../operate/rescheduling.ts';
import type { JobFilter } from '../record/job-filter.ts';
import { type JobView, viewOf } from '../record/job-view.ts';
import { isTerminal, type JobRecord, type JobState, type StoredEvent } from '../record/record.ts';
import { JobsError } from '../runtime/errors.ts';
import { newId } from '../runtime/ids.ts';
import type { Accepted, CommandOptions, Jobs } from '../runtime/jobs.ts';
import { defaultTiming } from '../runtime/timing.ts';
import type { ScheduleDefinition } from '../schedules/define-schedule.ts';
import type { Announce } from '../sweep/announcer.ts';
import { asStored } from './as-stored.ts';
import { FakeClock } from './fake-clock.ts';
import { inlineLedger } from './inline-ledger.ts';
import { pageByCreation, pageByTime } from './inline-lists.ts';
import { InlineRecords } from './inline-records.ts';
import { type Buried, type Drained, InlineRunner } from './inline-runner.ts';
import { InlineSchedules } from './inline-schedules.ts';
import { assertAllAcceptable, standingOf } from './inline-unique.ts';

/** What the twin does as the runtime does it. */
export type Commands = Pick<
  Jobs,
  | 'enqueue'
  | 'command'
  | 'commandAll'
  | 'find'
  | 'list'
  | 'listByTime'
  | 'counts'
  | 'cancel'
  | 'retry'
  | 'runNow'
  | 'change'
  | 'remove'
  | 'waitFor'
  | 'ledger'
>;

export type InlineOptions = {
  readonly definitions: readonly JobDefinition[];
  /** Where the clock starts. Default: the machine's time. */
  readonly now?: Date;
  /** Hears what is told, besides {@link InlineJobs.announced}; what it throws leaves the telling pending until the next drain. */
  readonly announce?: Announce;
  /** Jobs commanded by the clock, from its start on. */
  readonly schedules?: readonly ScheduleDefinition[];
  /** Of schedules that name none. Default UTC. */
  readonly timeZone?: string;
  /** Goes on with the jobs and the clock of an older twin, as a new version of the service does after a deployment. */
  readonly continues?: InlineJobs;
};

/**
 * The runtime in memory, for tests of jobs: the same commands, outcomes, retries and views, without broker and database.
 * Nothing runs until {@link drain}, and time goes by {@link clock} alone: one job after the other, in a set order.
 */
export class InlineJobs implements Commands {
  readonly clock: FakeClock;
  /** What was told, in order; an id that was told twice stands here twice. */
  readonly announced: StoredEvent[] = [];
  readonly buried: Buried[] = [];
  readonly #definitions: ReadonlyMap<string, JobDefinition>;
  readonly #records: InlineRecords;
  readonly #runner: InlineRunner;

  constructor({ definitions, now, announce, schedules = [], timeZone = 'UTC', continues }: InlineOptions) {
    this.clock = continues?.clock ?? new FakeClock(now);
    this.#records = continues ? continues.#records : new InlineRecords();
    this.#definitions = new Map(definitions.map((definition) => [definition.contract.name, definition]));
    const command = (...[name, payload, given]: Parameters<InlineJobs['command']>) =>
      this.#command(name, payload, given);
    this.#runner = new InlineRunner({
      schedules: new InlineSchedules(schedules, this.clock.now(), timeZone, command),
      records: this.#records,
      clock: this.clock,
      definitions: this.#definitions,
      announce: async (events) => {
        await announce?.(events);
        this.announced.push(...events);
      },
      command,
      bury: (letter) => void this.buried.push(letter),
    });
  }

  /** @see Jobs.enqueue; `session` is ignored: there is no transaction to wait for. */
  enqueue<Commanded extends Commandable>(
    contract: Commanded,
    payload: PayloadOf<Commanded>,
    options: CommandOptions = {},
  ): Promise<Accepted> {
    return this.command(contract.name, payload, options);
  }

  async command(name: string, payload: unknown, options: CommandOptions = {}): Promise<Accepted> {
    return this.#command(name, payload, options);
  }

  async commandAll(list: Parameters<Jobs['commandAll']>[0]): Promise<Accepted[]> {
    const commands = list.map(({ name, payload, options = {} }) => ({
      definition: this.#definition(name),
      payload,
      options: { ...options, id: options.id ?? newId() },
    }));
    assertAllAcceptable(this.#records, commands, this.#timing());
    return commands.map(({ definition, payload, options }) =>
      this.#command(definition.contract.name, payload, options),
    );
  }

  /** Runs what is due, one job after the other, with what follows from it, until nothing is due. @param queue default: all. */
  drain(queue?: string): Promise<Drained> {
    return this.#runner.drain(queue);
  }

  /** Lets time go by: runs each job and fires each tick when its time has come. To skip time as an outage does, advance the clock. */
  pass(ms: number): Promise<Drained> {
    return this.#runner.pass(ms);
  }

  /** The same as {@link drain}, moving the clock on to whatever job waits for its time, until none does. */
  drainAll(queue?: string): Promise<Drained> {
    return this.#runner.drainAll(queue);
  }

  async find(id: string): Promise<JobView> {
    return viewOf(this.#find(id));
  }

  async list(filter: JobFilter, page: Parameters<Jobs['list']>[1]): ReturnType<Jobs['list']> {
    const { records, next } = pageByCreation(this.#records.select(filter), page);
    return { items: records.map(viewOf), next };
  }

  async listByTime(filter: JobFilter, page: Parameters<Jobs['listByTime']>[1]): ReturnType<Jobs['listByTime']> {
    const { records, hasMore } = pageByTime(this.#records.select(filter), page);
    return { items: records.map(viewOf), hasMore };
  }

  async counts(filter: JobFilter = {}): Promise<Record<JobState, number>> {
    return this.#records.count(filter);
  }

  /** Runs what is due and gives the job as it is then: no time goes by, so one that waits for its time still waits. */
  async waitFor(id: string, _seconds: number): Promise<JobView> {
    if (!isTerminal(this.#find(id).state) && !this.#runner.isRunning) await this.drain();
    return this.find(id);
  }

  async cancel(id: string): Promise<JobView> {
    const record = this.#find(id);
    if (isTerminal(record.state)) return viewOf(record);
    const now = this.clock.now();
    if (record.state === 'executing') {
      const wished = this.#records.update(id, { $set: { cancelRequestedAt: now } }, now);
      this.#runner.abort(id);
      return viewOf(wished);
    }
    const end = cancelling(record, this.#definitions.get(record.name), now);
    if (end) await this.#runner.end(record, end);
    return this.find(id);
  }

  async retry(id: string): Promise<JobView> {
    const record = this.#find(id);
    if (record.state === 'executing' || record.state === 'completed')
      throw conflict(record, 'retried', 'failed, discarded, cancelled or waiting');
    return isTerminal(record.state) ? this.#reopen(record) : this.#hurry(record);
  }

  async runNow(id: string): Promise<JobView> {
    const record = this.#find(id);
    if (record.state === 'executing' || isTerminal(record.state)) throw conflict(record, 'run now', 'waiting');
    return this.#hurry(record);
  }

  async change(id: string, change: JobChange): Promise<JobView> {
    const record = this.#find(id);
    if (isTerminal(record.state)) throw conflict(record, 'changed', 'live');
    const { now, redispatchMs } = this.#timing();
    if (needsWaiting(change)) {
      if (record.state === 'executing') throw conflict(record, 'given another time or lane', 'waiting');
      return this.#makeRunnable(record, rescheduling(record, change, now, redispatchMs));
    }
    const { maxAttempts } = change;
    return viewOf(this.#records.update(id, { ...(maxAttempts !== undefined && { $set: { maxAttempts } }) }, now));
  }

  async remove(id: string): Promise<void> {
    const record = this.#find(id);
    if (!isTerminal(record.state)) throw conflict(record, 'deleted', 'ended');
    if (record.announce?.pending) throw conflict(record, 'deleted', 'ended and has told what follows');
    this.#records.remove(id);
  }

  async ledger(): Promise<LedgerItem[]> {
    return [...this.#definitions.keys()].map((name) => inlineLedger(this.#records, name));
  }

  #command(name: string, payload: unknown, options: EnqueueOptions = {}): Accepted {
    const definition = this.#definition(name);
    const timing = this.#timing();
    const fresh = newRecord(definition, asStored(checkedPayload(definition, payload)), options, timing);
    const standing = standingOf(this.#records, definition, fresh, timing.now);
    if ('stands' in standing)
      return { job: viewOf(standing.stands), conflict: true, ...(standing.replaced && { replaced: true }) };
    this.#records.accept(standing.record);
    return { job: viewOf(standing.record), conflict: false };
  }

  #definition(name: string): JobDefinition {
    const definition = this.#definitions.get(name);
    if (definition) return definition;
    const known = [...this.#definitions.keys()].join(', ');
    throw new JobsError('job-name-unknown', `job ${JSON.stringify(name)} is not performed here; known are ${known}`, {
      name,
    });
  }

  #timing(): { now: Date; redispatchMs: number } {
    return { now: this.clock.now(), redispatchMs: defaultTiming.redispatchMs };
  }

  #find(id: string): JobRecord {
    const record = this.#records.find(id);
    if (!record) throw new JobsError('job-not-found', `job ${id} does not exist`, { id });
    return record;
  }

  #reopen(record: JobRecord): JobView {
    const now = this.clock.now();
    const holder = record.key ? this.#records.takeKey(record.key, record._id, 0, now) : undefined;
    if (holder)
      throw new JobsError(
        'unique-conflict',
        `job ${record._id} cannot run again: its key ${record.key} is held by job ${holder._id}`,
        { id: record._id, key: record.key, heldBy: holder._id },
      );
    return this.#makeRunnable(record, reopening(now, defaultTiming.redispatchMs));
  }

  #hurry(record: JobRecord): JobView {
    if (isSuccessor(record)) throw waitsItsTurn(record);
    return this.#makeRunnable(record, hurrying(this.clock.now(), defaultTiming.redispatchMs));
  }

  #makeRunnable({ _id }: JobRecord, { $set, $unset, $inc }: Deed): JobView {
    return viewOf(this.#records.update(_id, { $set, $unset, $inc }, this.clock.now()));
  }
}

/** Puts the inline twin of a service's runtime together. */
export function inlineJobs(options: InlineOptions): InlineJobs {
  return new InlineJobs(options);
}
