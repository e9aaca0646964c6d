import type { JobDefinition, Jobs } from '@millrace/jobs';
import type { Logger } from 'pino';
import type { Route } from '../route.ts';
import { batchRoutes } from './batch-routes.ts';
import { breakerRoutes } from './breaker-routes.ts';
import { commandRoute } from './command-route.ts';
import { deadLetterRoutes } from './dead-letter-routes.ts';
import { jobEventRoutes } from './job-event-routes.ts';
import { jobLogRoute } from './job-log-route.ts';
import type { FindJob } from './job-resource.ts';
import { jobRoutes } from './job-routes.ts';
import { jobTreeRoute } from './job-tree-route.ts';
import { ledgerRoutes } from './ledger-routes.ts';
import { limitRoutes } from './limit-routes.ts';
import { operationRoutes } from './operation-routes.ts';
import { queueRoutes } from './queue-routes.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { versionRoutes } from './version-routes.ts';
import { workerRoutes } from './worker-routes.ts';

/** What every service offers about its jobs. */
export const adminRoutes = ({
  jobs,
  find,
  definitions,
  log,
}: {
  jobs: Jobs;
  find: FindJob;
  definitions: readonly JobDefinition[];
  log: Logger;
}): readonly Route[] => [
  ...jobRoutes(jobs, find),
  ...jobEventRoutes({ jobs, find, log }),
  jobTreeRoute(jobs, find),
  ...batchRoutes(jobs),
  jobLogRoute(jobs, find),
  commandRoute(jobs, definitions),
  ...deadLetterRoutes(jobs),
  ...operationRoutes(jobs),
  ...limitRoutes(jobs),
  ...queueRoutes(jobs),
  ...workerRoutes(jobs),
  ...versionRoutes(jobs),
  ...ledgerRoutes(jobs),
  ...scheduleRoutes(jobs),
  ...breakerRoutes(jobs),
];
