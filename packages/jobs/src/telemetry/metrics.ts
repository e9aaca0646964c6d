import { metrics } from '@opentelemetry/api';
import type { JobRecord } from '../record/record.ts';

const meter = metrics.getMeter('@millrace/jobs');
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

const counter = (name: string, description: string) => meter.createCounter(name, { description });
const seconds = (name: string, description: string) =>
  meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: buckets } });

const counters = {
  accepted: counter('jobs_accepted', 'Commands accepted.'),
  started: counter('jobs_started', 'Runs started.'),
  completed: counter('jobs_completed', 'Jobs that did what they were told.'),
  failed: counter('jobs_failed', 'Jobs that failed for good, by error code.'),
  discarded: counter('jobs_discarded', 'Jobs ended on purpose without effect.'),
  cancelled: counter('jobs_cancelled', 'Jobs that somebody no longer wanted.'),
  retried: counter('jobs_retried', 'Failed attempts that another attempt follows, by error code.'),
  snoozed: counter('jobs_snoozed', 'Runs that asked to be called again later.'),
  rescued: counter('jobs_rescued', 'Runs whose lease was taken from them.'),
  held: counter('jobs_held', 'Messages handed on for a worker of a newer release.'),
  deadLettered: counter('jobs_dead_lettered', 'Messages that became dead letters, by reason.'),
  blocked: counter('jobs_blocked', 'Jobs that a limit, a rate or their turn has held back before a run.'),
  redispatched: counter('jobs_redispatched', 'Messages sent again from the record.'),
} as const;

const resetConsumers = counter('jobs_consumers_reset', 'Consumers that were deaf and set up again.');

const durationSeconds = seconds('jobs_duration_seconds', 'From start to end of a run.');
const waitSeconds = seconds('jobs_wait_seconds', 'From when a job was due to its start.');

/** Without an error code, which nobody knows beforehand. */
const foreseen = ['accepted', 'started', 'completed', 'discarded', 'cancelled', 'snoozed', 'rescued'] as const;

/** Says 0 of each job of which nothing is counted yet: a rate over a series that begins at 1 misses the first. */
export function countFromZero(jobs: Iterable<Pick<JobRecord, 'name' | 'queue'>>): void {
  for (const { name, queue } of jobs) for (const event of foreseen) counters[event].add(0, { job: name, queue });
}

/** Counts one thing that happened to a job. */
export function count(
  event: keyof typeof counters,
  { name, queue }: Pick<JobRecord, 'name' | 'queue'>,
  error?: string,
): void {
  counters[event].add(1, { job: name, queue, ...(error !== undefined && { error }) });
}

export function countDeadLetter(reason: string): void {
  counters.deadLettered.add(1, { reason });
}

/** A consumer that the broker had forgotten. */
export function countResetConsumer(queue: string): void {
  resetConsumers.add(1, { queue });
}

export function observeWait(record: JobRecord): void {
  if (!record.startedAt) return;
  waitSeconds.record(Math.max(0, record.startedAt.getTime() - record.nextRunAt.getTime()) / 1_000, {
    job: record.name,
    queue: record.queue,
  });
}

export function observeRun(record: JobRecord, ms: number): void {
  durationSeconds.record(ms / 1_000, { job: record.name, queue: record.queue });
}

export type Gauges = {
  backlog(): Promise<{ queue: string; jobs: number; oldestSeconds: number; isPaused: boolean }[]>;
  imbalance(): Promise<{ job: string; imbalance: number }[]>;
  breakers(): Promise<{ name: string; state: string }[]>;
};

/** Registers what is read from the records whenever somebody scrapes. @returns a function that takes it back. */
export function observeGauges({ backlog, imbalance, breakers }: Gauges): () => void {
  const jobs = meter.createObservableGauge('jobs_backlog', {
    description: 'Due and executing jobs, from the records. Replicas report the same: take the maximum.',
  });
  const oldest = meter.createObservableGauge('jobs_oldest_runnable_seconds', {
    description: 'How long the oldest due job has been waiting.',
    unit: 's',
  });
  const pausedQueue = meter.createObservableGauge('jobs_queue_paused', {
    description: '1 while nothing of a queue is begun, because somebody has paused it.',
  });
  const ledger = meter.createObservableGauge('ledger_imbalance', {
    description: 'Accepted commands that the records do not account for. Anything but 0 is an alarm.',
  });
  const openBreaker = meter.createObservableGauge('jobs_breaker_open', {
    description: '1 while a dependency is not called, or only by a probe. Replicas report the same: take the maximum.',
  });
  const observe = async (result: Parameters<Parameters<typeof meter.addBatchObservableCallback>[0]>[0]) => {
    for (const row of await backlog()) {
      result.observe(jobs, row.jobs, { queue: row.queue });
      result.observe(oldest, row.oldestSeconds, { queue: row.queue });
      result.observe(pausedQueue, row.isPaused ? 1 : 0, { queue: row.queue });
    }
    for (const row of await imbalance()) result.observe(ledger, row.imbalance, { job: row.job });
    for (const { name, state } of await breakers())
      result.observe(openBreaker, state === 'closed' ? 0 : 1, { dependency: name });
  };
  const instruments = [jobs, oldest, pausedQueue, ledger, openBreaker];
  meter.addBatchObservableCallback(observe, instruments);
  return () => meter.removeBatchObservableCallback(observe, instruments);
}
