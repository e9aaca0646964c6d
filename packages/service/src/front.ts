import type { RequestHandler } from 'express';
import type { BaseConfig } from './config.ts';
import type { Kit } from './kit.ts';
import type { Route } from './route.ts';

/** The parts of a service that only answers: it performs no jobs and hears no events. */
export type Front = {
  readonly routes: readonly Route[];
  /** Sees every request before the routes do. */
  readonly before?: RequestHandler;
  /** Answers what no route does: pages, other services. What it hands on as well is answered 404. */
  readonly beyond?: RequestHandler;
  /** Runs once the database is connected, again until it succeeds. Several replicas may be at it at once. */
  start?(): Promise<void>;
  /** What is missing, in words, while the service should get no requests. */
  reasonsNotReady?(): readonly string[];
};

export type CreateFront<Config extends BaseConfig> = (kit: Kit<Config>) => Front;
