import type { Logger } from 'pino';
import { adminRoutes } from './admin/admin-routes.ts';
import { jobFinder } from './admin/job-resource.ts';
import type { App, Running } from './kit.ts';
import type { Route } from './route.ts';

/** All routes of a service: its own, and those about its jobs and dead letters. */
export function serviceRoutes({ app, running, log }: { app: App; running: Running; log: Logger }): readonly Route[] {
  const definitions = app.jobs ?? [];
  const { jobs } = running;
  const admin = adminRoutes({ jobs, find: jobFinder(jobs, app.showsJob), definitions, log });
  return [...app.routes(running), ...admin];
}
