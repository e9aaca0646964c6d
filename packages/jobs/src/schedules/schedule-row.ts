import type { SchedulePolicy } from './define-schedule.ts';

/** A schedule as it stands in the database: the authority over its ticks. */
export type ScheduleRow = SchedulePolicy & {
  _id: string;
  /** The job's name. */
  job: string;
  paused: boolean;
  /** No process that lives declares it any more: kept, not fired. */
  orphaned: boolean;
  /** When a process last said that its code declares it as it stands in `declared`. */
  declaredAt: Date;
  /** The first tick that nobody has decided upon. */
  nextAt: Date;
  /** Decided to be fired and perhaps not enqueued yet. */
  pending: Date[];
  lastAt: Date | null;
  lastJobId: string | null;
  /** Ticks that were not fired in time, caught up or not. */
  misfires: number;
  /** As the code says; what differs from it in the row was changed by a person. */
  declared: SchedulePolicy;
  edited: (keyof SchedulePolicy)[];
  /** Grows with every change by code or person, not with ticks. */
  revision: number;
  updatedBy: string | null;
  createdAt: Date;
  updatedAt: Date;
};

/** The id of the job of a tick: who enqueues it a second time finds the first. */
export const tickJobId = (name: string, tick: Date): string => `cron:${name}:${tick.toISOString()}`;

/** On every job of a schedule. */
export const scheduleTag = (name: string): string => `schedule:${name}`;
