import { createEventBus, type EventBus, EventTooLarge } from '@millrace/events';
import { createJobs, type Jobs, JobsError } from '@millrace/jobs';
import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import type { BaseConfig } from './config.ts';
import type { App, Running } from './kit.ts';
import { spawnQuarantine } from './quarantine-process.ts';
import { scoped } from './scope.ts';

type PartsOf = {
  name: string;
  config: BaseConfig;
  app: App;
  database: Connection;
  log: Logger;
  /** Run suspect jobs in a process of their own. */
  isolate?: boolean;
};

/**
 * Makes a service's jobs and bus and lets each reach the other: jobs announce through the bus, the bus buries what it
 * cannot handle with the jobs' dead letters, and a stream that was wiped is told the last day again.
 */
export function connectParts({ name, config, app, database, log, isolate = false }: PartsOf): Running {
  const hears = config.RUN === 'worker' || config.RUN === 'all';
  const jobs: Jobs = createJobs({
    service: name,
    definitions: app.jobs ?? [],
    schedules: app.schedules ?? [],
    timeZone: config.TZ_SCHEDULES,
    database,
    amqpUrl: config.AMQP_URL,
    announce: (events) => bus.publish(events),
    role: config.RUN,
    ...(config.QUEUES && { queues: config.QUEUES }),
    ...(app.queues && { queueDefaults: app.queues }),
    concurrency: config.CONCURRENCY,
    drainMs: config.DRAIN_SECONDS * 1_000,
    version: config.VERSION,
    archive: { endedMs: config.JOBS_KEEP_DAYS * dayMs, failedMs: config.JOBS_KEEP_FAILED_DAYS * dayMs },
    timing: timingOf(config),
    log,
    topologyPrefix: scoped(config, 'jobs.v1'),
    // A worker that a person stops ends as on SIGTERM; its orchestrator starts the next.
    ...(isolate && { spawnQuarantine, onStopWish: () => process.kill(process.pid, 'SIGTERM') }),
    replayEvent: (letter) => bus.replay(letter).catch(refused),
  });
  const bus: EventBus = createEventBus({
    service: name,
    natsUrl: config.NATS_URL,
    database,
    subscriptions: hears ? (app.subscriptions ?? []) : [],
    bury: (letter) => jobs.bury(letter),
    log,
    timing: { drainMs: config.DRAIN_SECONDS * 1_000 },
    ...(config.NAMESPACE && { namePrefix: config.NAMESPACE }),
  });
  bus.onStreamReset(async () => {
    const told = await jobs.republish({ from: new Date(Date.now() - dayMs), to: new Date() });
    log.warn({ jobs: told }, 'the event stream was wiped; the last day is told again');
  });
  return { jobs, bus };
}

/** An event that is too large stays a dead letter: a person has to decide about it. */
function refused(error: unknown): never {
  if (error instanceof EventTooLarge) throw new JobsError('dead-letter-not-replayable', error.message);
  throw error;
}

const dayMs = 86_400_000;

/** Only what was set: the runtime knows its defaults. */
function timingOf({ JOBS_LEASE_MS, JOBS_HEARTBEAT_MS, JOBS_SWEEP_MS, JOBS_REDISPATCH_MS }: BaseConfig) {
  return {
    ...(JOBS_LEASE_MS && { leaseMs: JOBS_LEASE_MS }),
    ...(JOBS_HEARTBEAT_MS && { heartbeatMs: JOBS_HEARTBEAT_MS }),
    ...(JOBS_SWEEP_MS && { sweepMs: JOBS_SWEEP_MS }),
    ...(JOBS_REDISPATCH_MS && { redispatchMs: JOBS_REDISPATCH_MS }),
  };
}
