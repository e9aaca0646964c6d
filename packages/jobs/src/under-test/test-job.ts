import { z } from 'zod';
import { type Contract, defineJob, type JobDefinition } from '../define/define-job.ts';
import type { Timing } from '../runtime/timing.ts';

/** Everything that takes seconds in earnest takes a fraction of one here. */
export const shortTiming: Timing = {
  leaseMs: 1_000,
  heartbeatMs: 250,
  sweepMs: 250,
  redispatchMs: 1_000,
  relayAfterMs: 300,
  confirmTimeoutMs: 5_000,
  abortGraceMs: 300,
  reconcileMs: 500,
};

/** All worlds share one ladder; their own queues carry their service's name. */
export const TEST_PREFIX = 'jobs.test';

/** A job that takes any object; `contract` changes what is promised of it. */
export function testJob(
  name: string,
  run: JobDefinition<Record<string, unknown>>['run'],
  {
    contract,
    ...code
  }: { contract?: Partial<Contract> } & Partial<
    Pick<JobDefinition<Record<string, unknown>>, 'unique' | 'limits' | 'fair' | 'retry' | 'breakers' | 'onEnd'>
  > = {},
): JobDefinition {
  const payload = z.looseObject({});
  const whole = {
    name,
    queue: 'orders.main',
    summary: 'for tests',
    version: 1,
    versions: { 1: payload },
    upcasts: {},
    payload,
    maxAttempts: 20,
    timeoutMs: 60_000,
    lane: 'std',
    ...contract,
  } as const;
  return defineJob(whole as Contract<typeof payload>, { run, ...code }) as JobDefinition;
}
