import type { ChildProcess } from 'node:child_process';
import type { Connection } from 'mongoose';
import type { JobDefinition } from '../define/define-job.ts';
import type { Keeping } from '../ledger/archive.ts';
import type { QueueDefaults } from '../operate/queue-settings.ts';
import type { DeadLetterRow } from '../record/collections.ts';
import type { ScheduleDefinition } from '../schedules/define-schedule.ts';
import type { Announce } from '../sweep/announcer.ts';
import type { Log } from '../telemetry/log.ts';
import type { Timing } from './timing.ts';

/** `api` accepts and shows, `worker` performs, `all` does both; `quarantine` performs suspects, one at a time. */
export type Role = 'api' | 'worker' | 'all' | 'quarantine';

export type JobsOptions = {
  /** The owner of the queues; part of every broker name. */
  service: string;
  definitions: readonly JobDefinition[];
  /** Jobs commanded by the clock. What was declared before and is not any more is kept and not fired. Unset: this process fires none. */
  schedules?: readonly ScheduleDefinition[];
  /** Of schedules that name none. Default UTC. */
  timeZone?: string;
  /** Connected or about to be. */
  database: Connection;
  amqpUrl: string;
  /** Resolves when the bus has stored the events. */
  announce: Announce;
  role?: Role;
  /** Of the service's queues, those worked here. Default: all. */
  queues?: readonly string[];
  /** How queues are worked unless a person has set it otherwise, by name. */
  queueDefaults?: Readonly<Record<string, QueueDefaults>>;
  /** Runs at once in this process. Default 25. */
  concurrency?: number;
  /** Called when a person wants this process to end: it is to stop as it does on SIGTERM. Default: {@link Jobs.stop}. */
  onStopWish?: () => void;
  /** How long {@link Jobs.stop} waits for runs. Default 25 s. */
  drainMs?: number;
  /** How long ended jobs are kept before they are only counted. */
  archive?: Partial<Keeping>;
  timing?: Partial<Timing>;
  /** Carries the version of all broker objects. Default `jobs.v1`. */
  topologyPrefix?: string;
  /** Messages in a lane before the broker refuses more, which then wait in their records. Default 10,000. Of queues that exist it changes only with the prefix. */
  maxQueueLength?: number;
  /** Starts a process with role `quarantine`. Default: suspects run here, while nothing else does. */
  spawnQuarantine?: () => ChildProcess;
  /** Tells an event of a dead letter again. What it throws with the code `events-unavailable` says "not now". Default: events cannot be replayed. */
  replayEvent?: (letter: DeadLetterRow) => Promise<void>;
  /** Of the program, as it says of itself. Default {@link UNKNOWN_VERSION}. */
  version?: string;
  log: Log;
};

/** Of a program that does not say which it is. */
export const UNKNOWN_VERSION = 'dev';
