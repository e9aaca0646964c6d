import { createEventBus, type DeadEvent, type EventBus } from '@millrace/events';
import { createJobs, type DeadLetterRow, type Jobs, type Letter } from '@millrace/jobs';
import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { BaseConfig } from './config.ts';
import type { App, Running } from './kit.ts';
import { scoped } from './scope.ts';

type PartsOf = { name: string; config: BaseConfig; app: App; database: Connection; log: Logger };

/**
 * Makes a service's jobs and bus and lets each reach the other: jobs announce through the bus, the bus buries what it
 * cannot handle with the jobs' dead letters, and a stream that was wiped is told the last day again.
 */
export function connectParts({ name, config, app, database, log }: PartsOf): Running {
  const jobs: Jobs = createJobs({
    service: name,
    definitions: app.jobs ?? [],
    database,
    amqpUrl: config.AMQP_URL,
    announce: (events) => bus.publish(events),
    role: config.RUN,
    ...(config.QUEUES && { queues: config.QUEUES }),
    concurrency: config.CONCURRENCY,
    drainMs: config.DRAIN_SECONDS * 1_000,
    log,
    topologyPrefix: scoped(config, 'jobs.v1'),
    replayEvent: (row) => bus.replay(eventIn(row)),
  });
  const bus: EventBus = createEventBus({
    service: name,
    natsUrl: config.NATS_URL,
    database,
    subscriptions: config.RUN === 'api' ? [] : (app.subscriptions ?? []),
    bury: async (dead) => void (await jobs.bury(letterOf(dead))),
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

const dayMs = 86_400_000;

/** An event's place takes the fields of a message's: subject as key, the dead event's own id as message id. */
const letterOf = ({ id, subject, type, reason, error, body }: DeadEvent): Letter => ({
  source: 'event',
  reason,
  detail: `${error.name}: ${error.message}`,
  exchange: 'EVENTS',
  key: subject,
  messageId: id,
  type,
  body: Buffer.from(body),
});

const storedEvent = z.object({
  id: z.string(),
  type: z.string(),
  version: z.number(),
  data: z.unknown(),
  at: z.coerce.date(),
  jobId: z.string().optional(),
});

/** @throws Error when the letter holds no event that could be told again. */
function eventIn({ _id, body }: DeadLetterRow) {
  try {
    const { jobId, ...event } = storedEvent.parse(JSON.parse(body));
    return { ...event, ...(jobId !== undefined && { jobId }) };
  } catch (error) {
    throw new Error(`dead letter ${_id} holds no readable event`, { cause: error });
  }
}
