import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { ClientSession, mongo } from 'mongoose';
import type { Dispatcher } from '../broker/dispatcher.ts';
import type { Envelope } from '../broker/envelope.ts';
import type { JobDefinition } from '../define/define-job.ts';
import { Batcher } from '../record/batcher.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { GroupCommit } from '../record/group-commit.ts';
import { isTerminal, type JobRecord } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { type Admission, Admissions } from './admission.ts';
import { Caller } from './caller.ts';
import { Gates, type MaxOf } from './gates.ts';
import { turnOf } from './gates-of.ts';
import { isHeldBack } from './held-back.ts';
import { type LimitView, limitViews } from './limit-views.ts';
import { type ReconcilePlace, reconcileLimits } from './reconcile.ts';
import { Slots, type TakenSlot } from './slots.ts';
import { Waiters, waiterOf } from './waiters.ts';

export type LimitsParts = {
  client: mongo.MongoClient;
  collections: Collections;
  definitions: ReadonlyMap<string, JobDefinition>;
  clock: DatabaseClock;
  commit: GroupCommit;
  dispatcher: Dispatcher;
  owner: string;
  concurrency: number;
  timing: { readonly leaseMs: number; readonly redispatchMs: number; readonly reconcileMs: number };
  /** Overrides what the code declares, while it is in use. Default: the declared width. */
  maxOf?: MaxOf;
  log: Log;
};

/** Limits per key, rates and turns of tenants, over all processes. Jobs without any of them pass at no cost. */
export class Limits {
  readonly #parts: LimitsParts;
  readonly #gates: Gates;
  readonly #slots: Slots;
  readonly #waiters: Waiters;
  readonly #caller: Caller;
  readonly #admissions: Admissions;
  readonly #left: Batcher<JobRecord, void>;
  readonly #underWay = new Set<Promise<void>>();
  readonly #limited: ReadonlySet<string>;
  #reconciledAt = Number.NEGATIVE_INFINITY;
  #place: ReconcilePlace = { gate: '', slot: '' };

  constructor(parts: LimitsParts) {
    this.#parts = parts;
    const { collections, clock, commit, timing, maxOf = ({ declared }) => declared } = parts;
    this.#gates = new Gates({ collections, clock, maxOf, concurrency: parts.concurrency });
    this.#slots = new Slots(parts.client, collections);
    this.#waiters = new Waiters(collections);
    const rooms = { collections, clock, commit, gates: this.#gates, slots: this.#slots, waiters: this.#waiters };
    const { leaseMs, redispatchMs } = timing;
    this.#caller = new Caller({
      ...rooms,
      dispatcher: parts.dispatcher,
      graceMs: leaseMs + redispatchMs,
      redispatchMs,
      log: parts.log,
    });
    this.#admissions = new Admissions({ ...rooms, caller: this.#caller, owner: parts.owner, leaseMs });
    this.#left = new Batcher((records) => context.with(ROOT_CONTEXT, () => this.#leaveAll(records)));
    const names = [...parts.definitions.values()].filter(({ limits, fair }) => limits || fair);
    this.#limited = new Set(names.map(({ contract }) => contract.name));
  }

  /** Whether something limits the jobs of messages of this type. */
  concern(type: string | undefined): boolean {
    return this.#limited.has(nameIn(type));
  }

  /**
   * Asks all limits of a job before it is claimed, and waits for its start where a rate has a say: a tenth of a second at most.
   * @param type of the message; one that does not say which job it is may be any of them.
   * @returns undefined when nothing limits this job.
   */
  async admit(envelope: Envelope, type: string | undefined): Promise<Admission | undefined> {
    const definition = this.concern(type) ? this.#parts.definitions.get(nameIn(type)) : undefined;
    if (!definition) return undefined;
    const admission = await this.#admissions.admit(envelope, definition);
    if (admission.kind === 'admitted' && admission.at) await this.#until(admission.at);
    return admission;
  }

  /** The claim was not won. Never throws: what is not given back here, runs out or is reconciled. */
  async giveBack({ jobId }: Envelope, admission: Admission | undefined): Promise<void> {
    if (admission?.kind !== 'admitted' || admission.taken.length === 0) return;
    await this.#giveBack(jobId, admission.taken).catch((error: unknown) => this.#complain(error));
  }

  /** Keeps the slots of running attempts; once per heartbeat. */
  renew(running: readonly JobRecord[]): void {
    const ids = running.filter(({ limits }) => limits).map(({ _id }) => _id);
    const { clock, timing } = this.#parts;
    const until = new Date(clock.now().getTime() + 1.5 * timing.leaseMs);
    const renewing = context.with(ROOT_CONTEXT, () => this.#slots.renew(ids, until));
    renewing.catch((error: unknown) => this.#complain(error));
  }

  /**
   * A job has ended, or waits again: what it held is for others. Never rejects. Wait for it before the job may run again: its next
   * run would keep the slot that is being freed.
   */
  left(record: JobRecord): Promise<void> | undefined {
    if (!record.limits && record.tenant === undefined) return undefined;
    const leaving: Promise<void> = this.#left
      .get(record)
      .catch((error: unknown) => this.#complain(error))
      .finally(() => this.#underWay.delete(leaving));
    this.#underWay.add(leaving);
    return leaving;
  }

  /** Before the records of a queue with turns are written: they wait from the start. */
  async queueUp(records: readonly JobRecord[], session?: ClientSession): Promise<void> {
    const waiting = records.filter(isHeldBack);
    if (waiting.length === 0) return;
    const now = this.#parts.clock.now();
    await this.#gates.know(
      waiting.map(({ name, queue }) => turnOf(queue, this.#parts.definitions.get(name)?.fair?.window)),
    );
    await this.#waiters.add(
      waiting.map((record) => waiterOf(record, record.waitingFor ?? '', now)),
      session,
    );
    crashPoint('gate.queued-up');
  }

  /** Calls those whose turn it is. Never throws. */
  async call({ waitingFor }: Pick<JobRecord, 'waitingFor'>): Promise<void> {
    if (waitingFor !== undefined) await this.#caller.call([waitingFor]);
  }

  /** Makes up for what died half-way. Does nothing between two of its intervals. */
  async reconcile(): Promise<void> {
    if (performance.now() - this.#reconciledAt < this.#parts.timing.reconcileMs) return;
    this.#reconciledAt = performance.now();
    const { collections, clock, timing } = this.#parts;
    this.#place = await reconcileLimits({
      collections,
      gates: this.#gates,
      slots: this.#slots,
      waiters: this.#waiters,
      caller: this.#caller,
      now: clock.now(),
      leaseMs: timing.leaseMs,
      place: this.#place,
    });
  }

  /** All limits in use. */
  views(): Promise<LimitView[]> {
    const { collections, clock } = this.#parts;
    return limitViews({ collections, gates: this.#gates, now: clock.now() });
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#underWay);
    await this.#caller.stop();
  }

  async #leaveAll(records: readonly JobRecord[]): Promise<undefined[]> {
    const ended = new Set(records.filter(({ state }) => isTerminal(state)).map(({ _id }) => _id));
    const held = await this.#slots.ofJobs(records.map(({ _id }) => _id));
    const free = held.filter(({ jobId, hold }) => hold !== 'job' || ended.has(jobId));
    await this.#slots.free(free);
    crashPoint('gate.slots-freed');
    await this.#waiters.drop(records.filter(({ _id }) => ended.has(_id)));
    void this.#caller.call(free.map(({ gate }) => gate));
    return records.map(() => undefined);
  }

  /** Whoever runs the job by another message needs its slot. */
  async #giveBack(jobId: string, taken: readonly TakenSlot[]): Promise<void> {
    const running = await this.#parts.collections.jobs.findOne({ _id: jobId, state: 'executing' });
    if (!running) await this.#admissions.giveBack(taken);
  }

  /** A rate promises a start a little ahead of its time. */
  async #until(at: Date): Promise<void> {
    const waitMs = at.getTime() - this.#parts.clock.now().getTime();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  }

  #complain(error: unknown): void {
    this.#parts.log.warn(
      { reason: asError(error).message },
      'slots of a limit not given back or renewed, reconciling will',
    );
  }
}

/** The job that a type like `order.ship@2` names. */
const nameIn = (type: string | undefined): string => type?.split('@')[0] ?? '';
