import type { EventBus, Subscription } from '@millrace/events';
import type { JobDefinition, Jobs, JobView, QueueDefaults, ScheduleDefinition } from '@millrace/jobs';
import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import type { BaseConfig } from './config.ts';
import type { User } from './role.ts';
import type { Route } from './route.ts';

/** What a service builds its parts from. */
export type Kit<Config extends BaseConfig = BaseConfig> = {
  readonly name: string;
  readonly config: Config;
  readonly log: Logger;
  /** The service's own database. Connects in the background: models may be made at once, their indexes follow the first connection. */
  readonly database: Connection;
};

/** What runs for a service: made from its parts, not yet started when routes are built. */
export type Running = { readonly jobs: Jobs; readonly bus: EventBus };

/** A service's parts. */
export type App = {
  routes(running: Running): readonly Route[];
  readonly jobs?: readonly JobDefinition[];
  /** Whether somebody may see a job that they have not asked for themselves, as the job of something that is theirs. Default: nobody. */
  showsJob?(job: JobView, user: User): Promise<boolean>;
  /** Jobs commanded by the clock. */
  readonly schedules?: readonly ScheduleDefinition[];
  /** How its queues are worked unless a person has set it otherwise, by name. */
  readonly queues?: Readonly<Record<string, QueueDefaults>>;
  readonly subscriptions?: readonly Subscription[];
  /** Runs once the database is connected, again until it succeeds: first data and the like. Several replicas may be at it at once. */
  start?(running: Running): Promise<void>;
  /** Runs before jobs, bus and database are stopped. */
  stop?(): Promise<void>;
  /** What else is missing, in words, while the service should get no requests. */
  reasonsNotReady?(): readonly string[];
  /** What else `/readyz` shows of it once it is ready; makes nothing ready or not. What takes long or fails is left out. */
  details?(): Promise<Readonly<Record<string, unknown>>>;
};

export type CreateApp<Config extends BaseConfig> = (kit: Kit<Config>) => App;
