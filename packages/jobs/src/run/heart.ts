import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Collections } from '../record/collections.ts';
import type { GroupCommit } from '../record/group-commit.ts';
import type { JobRecord } from '../record/record.ts';
import type { RecordUpdate } from '../record/statements.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError } from '../runtime/errors.ts';
import type { Timing } from '../runtime/timing.ts';
import type { Log } from '../telemetry/log.ts';
import { type Running, type Said, saidFields } from './perform.ts';

/** Progress is written at most so often; the last word of a run is written with its end. */
const SAY_EVERY_MS = 500;

/** Keeps the leases of this process's runs, carries what they say, and hears who wants them cancelled. */
export class Heart {
  readonly #collections: Collections;
  readonly #commit: GroupCommit;
  readonly #timing: Timing;
  readonly #renewLimits: (running: readonly JobRecord[]) => void;
  readonly #log: Log;
  readonly #running = new Map<string, Running>();
  #timer: NodeJS.Timeout | undefined;
  #sayTimer: NodeJS.Timeout | undefined;
  #beat: Promise<void> | undefined;

  constructor(parts: {
    collections: Collections;
    commit: GroupCommit;
    timing: Timing;
    /** Keeps the slots that running jobs hold of their limits. */
    renewLimits(running: readonly JobRecord[]): void;
    log: Log;
  }) {
    this.#renewLimits = parts.renewLimits;
    this.#collections = parts.collections;
    this.#commit = parts.commit;
    this.#timing = parts.timing;
    this.#log = parts.log;
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      this.#beat ??= this.#beatOnce().finally(() => {
        this.#beat = undefined;
      });
    }, this.#timing.heartbeatMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#sayTimer);
    this.#timer = undefined;
  }

  get running(): readonly Running[] {
    return [...this.#running.values()];
  }

  /** An older run of the same job in this process has lost its lease, or there would be no newer one. */
  add(running: Running): void {
    this.#running.get(running.record._id)?.abort('lease-lost');
    this.#running.set(running.record._id, running);
  }

  remove(running: Running): void {
    if (this.#running.get(running.record._id) === running) this.#running.delete(running.record._id);
  }

  /** Cancels a run at once when it is one of ours; the heartbeat would bring the wish anyway. */
  cancel(jobId: string): void {
    this.#running.get(jobId)?.abort('cancelled');
  }

  /** Soon writes what runs have said since. */
  said(): void {
    this.#sayTimer ??= setTimeout(() => {
      this.#sayTimer = undefined;
      for (const running of this.running) this.#write(running, false);
    }, SAY_EVERY_MS).unref();
  }

  async #beatOnce(): Promise<void> {
    const running = this.running;
    if (running.length === 0) return;
    this.#renewLimits(running.map(({ record }) => record));
    for (const run of running) this.#write(run, true);
    try {
      const wishes = await this.#cancelWishes(running);
      crashPoint('heartbeat.wishes-read');
      for (const id of wishes) this.cancel(id);
    } catch (error) {
      this.#log.warn({ reason: asError(error).message }, 'cancel wishes could not be read');
    }
  }

  async #cancelWishes(running: readonly Running[]): Promise<string[]> {
    const ids = running.map(({ record }) => record._id);
    const wishes = context.with(ROOT_CONTEXT, () =>
      this.#collections.jobs
        .find({ _id: { $in: ids }, cancelRequestedAt: { $exists: true } }, { projection: { _id: 1 } })
        .toArray(),
    );
    return (await wishes).map(({ _id }) => _id);
  }

  #write(running: Running, isHeartbeat: boolean): void {
    const said = running.takeSaid();
    if (!said && !isHeartbeat) return;
    const { _id, fence, lease } = running.record;
    const written = this.#commit.write({
      urgent: true,
      id: _id,
      filter: () => ({ fence, state: 'executing' }),
      update: beatUpdate(said),
    });
    written.then(
      (isOurs) => {
        crashPoint('heartbeat.written');
        if (!isOurs) this.#lost(running, lease?.token);
      },
      (error: unknown) => this.#log.warn({ jobId: _id, reason: asError(error).message }, 'heartbeat refused'),
    );
  }

  /** The record has moved on without this run: after its end that is as it must be, before it the lease was lost. */
  #lost(running: Running, token: string | undefined): void {
    if (this.#running.get(running.record._id) !== running) return;
    this.#log.warn({ jobId: running.record._id, token }, 'lease lost, the run is abandoned');
    running.abort('lease-lost');
  }
}

function beatUpdate(said: Said | undefined): RecordUpdate['update'] {
  const $set = saidFields(said);
  return {
    ...(Object.keys($set).length > 0 && { $set }),
    $currentDate: { 'lease.renewedAt': true, updatedAt: true },
  };
}
