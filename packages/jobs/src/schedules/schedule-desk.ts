import type { JobDefinition } from '../define/define-job.ts';
import type { Enqueuer } from '../enqueue/enqueuer.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { type JobView, viewOf } from '../record/job-view.ts';
import { JobsError } from '../runtime/errors.ts';
import { cronErrors, nextTick, nextTicks } from './cron.ts';
import { editedFields, isSameRule } from './declare.ts';
import type { SchedulePolicy } from './define-schedule.ts';
import { type ScheduleRow, scheduleTag } from './schedule-row.ts';

const SHOWN_RUNS = 5;
const MAX_RACES = 20;

/** A schedule as people see it: JSON-ready, times as ISO strings. */
export type ScheduleView = SchedulePolicy & {
  /** The name. */
  id: string;
  name: string;
  job: string;
  paused: boolean;
  orphaned: boolean;
  edited: string[];
  misfires: number;
  lastAt: string | null;
  lastJobId: string | null;
  /** Null while it is paused or orphaned. */
  nextAt: string | null;
  /** The latest five, newest first, runs by hand among them. */
  lastRuns: { jobId: string; at: string; state: string }[];
  /** The coming five; none while it is paused or orphaned. */
  nextRuns: string[];
  revision: number;
  updatedBy: string | null;
  createdAt: string;
  updatedAt: string;
};

/** What a person sets: a whole policy, and whether it pauses. */
export type ScheduleChange = SchedulePolicy & { readonly paused: boolean };

/** Where people look at schedules and change them. */
export class ScheduleDesk {
  readonly #collections: Collections;
  readonly #clock: DatabaseClock;
  readonly #enqueuer: Enqueuer;
  readonly #definitions: ReadonlyMap<string, JobDefinition>;

  constructor(parts: {
    collections: Collections;
    clock: DatabaseClock;
    enqueuer: Enqueuer;
    definitions: ReadonlyMap<string, JobDefinition>;
  }) {
    this.#collections = parts.collections;
    this.#clock = parts.clock;
    this.#enqueuer = parts.enqueuer;
    this.#definitions = parts.definitions;
  }

  /** By name. */
  async list(): Promise<ScheduleView[]> {
    const rows = await this.#collections.schedules.find({}).sort({ _id: 1 }).toArray();
    return Promise.all(rows.map((row) => this.#view(row)));
  }

  /** @throws JobsError `schedule-not-found`. */
  async find(name: string): Promise<ScheduleView> {
    return this.#view(await this.#row(name));
  }

  /**
   * Sets the whole policy. What differs from the code's declaration stays so over restarts, until it is set back.
   * A new rule counts from now on.
   * @throws JobsError `schedule-not-found`, `schedule-invalid` (with the issues), `schedule-changed` when it is no longer at `revision`.
   */
  async edit(name: string, change: ScheduleChange, { by, revision }: Edit = {}): Promise<ScheduleView> {
    return this.#change(name, { by, revision }, (row, now) => {
      const { cron, timeZone, misfire, payload, lane, graceMs, paused } = change;
      const policy = { cron, timeZone, misfire, payload, lane, graceMs };
      this.#check(row, policy);
      return {
        ...policy,
        paused,
        edited: editedFields(policy, row.declared),
        ...(!isSameRule(policy, row) && { nextAt: nextTick(policy, now) }),
      };
    });
  }

  /** Fires no tick until it is resumed. A second time changes nothing. @throws JobsError `schedule-not-found`. */
  pause(name: string, by?: string): Promise<ScheduleView> {
    return this.#change(name, { by }, ({ paused }) => (paused ? undefined : { paused: true }));
  }

  /** The pause counts as an outage: its `misfire` says which of the ticks are caught up. @throws JobsError `schedule-not-found`. */
  resume(name: string, by?: string): Promise<ScheduleView> {
    return this.#change(name, { by }, ({ paused }) => (paused ? { paused: false } : undefined));
  }

  /** Commands its job now, paused or not. @param key the same key runs once. @throws JobsError `schedule-not-found`, `job-name-unknown`, `unique-conflict`. */
  async run(name: string, key: string): Promise<{ job: JobView; conflict: boolean }> {
    const row = await this.#row(name);
    const { record, conflict } = await this.#enqueuer.enqueue(this.#definition(row), row.payload, {
      id: `cron:${name}:manual:${key}`,
      tags: [scheduleTag(name)],
      meta: { schedule: name },
      ...(row.lane && { lane: row.lane }),
    });
    return { job: viewOf(record), conflict };
  }

  async #change(
    name: string,
    { by, revision }: Edit,
    changeOf: (row: ScheduleRow, now: Date) => Partial<ScheduleRow> | undefined,
  ): Promise<ScheduleView> {
    for (let tries = 0; tries < MAX_RACES; tries++) {
      const row = await this.#row(name);
      if (revision !== undefined && row.revision !== revision) throw changedMeanwhile(row);
      const now = this.#clock.now();
      const change = changeOf(row, now);
      if (!change) return this.#view(row);
      const changed = await this.#collections.schedules.findOneAndUpdate(
        { _id: name, revision: row.revision },
        { $set: { ...change, updatedAt: now, updatedBy: by ?? null }, $inc: { revision: 1 } },
        { returnDocument: 'after' },
      );
      if (changed) return this.#view(changed);
    }
    throw new JobsError('schedule-changed', `schedule ${name} is changed by others at the same time; try again`);
  }

  #check(row: ScheduleRow, policy: SchedulePolicy): void {
    const issues: { path: string; message: string }[] = cronErrors(policy).map(({ field, message }) => ({
      path: field,
      message,
    }));
    const parsed = this.#definition(row).contract.payload.safeParse(policy.payload);
    if (!parsed.success)
      issues.push(
        ...parsed.error.issues.map(({ path, message }) => ({ path: ['payload', ...path].join('.'), message })),
      );
    if (issues.length === 0) return;
    const text = issues.map(({ path, message }) => `${path} ${message}`).join('; ');
    throw new JobsError('schedule-invalid', `schedule ${row._id}: ${text}`, { issues });
  }

  #definition({ _id, job }: ScheduleRow): JobDefinition {
    const definition = this.#definitions.get(job);
    if (definition) return definition;
    throw new JobsError('job-name-unknown', `schedule ${_id}: job ${job} is not performed here any more`, {
      name: job,
    });
  }

  async #row(name: string): Promise<ScheduleRow> {
    const row = await this.#collections.schedules.findOne({ _id: name });
    if (!row) throw new JobsError('schedule-not-found', `schedule ${name} does not exist`, { name });
    return row;
  }

  async #view(row: ScheduleRow): Promise<ScheduleView> {
    const { _id, nextAt, lastAt, createdAt, updatedAt, ...others } = row;
    const { pending: _pending, declared: _declared, declaredAt: _declaredAt, ...rest } = others;
    const isIdle = row.paused || row.orphaned;
    return {
      ...rest,
      id: _id,
      name: _id,
      lastAt: lastAt?.toISOString() ?? null,
      nextAt: isIdle ? null : nextAt.toISOString(),
      lastRuns: await this.#lastRuns(_id),
      nextRuns: isIdle ? [] : nextTicks(row, this.#clock.now(), SHOWN_RUNS).map((tick) => tick.toISOString()),
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    };
  }

  async #lastRuns(name: string): Promise<ScheduleView['lastRuns']> {
    const jobs = await this.#collections.jobs
      .find({ labels: `tag:${scheduleTag(name)}` }, { projection: { state: 1, meta: 1, createdAt: 1 } })
      .sort({ createdAt: -1, _id: -1 })
      .limit(SHOWN_RUNS)
      .toArray();
    return jobs.map(({ _id, state, meta, createdAt }) => ({
      jobId: _id,
      at: typeof meta['tick'] === 'string' ? meta['tick'] : createdAt.toISOString(),
      state,
    }));
  }
}

type Edit = { by?: string | undefined; revision?: number | undefined };

const changedMeanwhile = ({ _id, revision }: ScheduleRow) =>
  new JobsError('schedule-changed', `schedule ${_id} is at revision ${revision} by now; read it again`, {
    name: _id,
    revision,
  });
