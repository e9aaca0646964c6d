import { until } from '@millrace/testkit';
import type { JobDefinition } from '../define/define-job.ts';
import type { JobView } from '../record/job-view.ts';
import type { StoredEvent } from '../record/record.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld } from '../under-test/jobs-under-test.ts';
import { type Commands, type InlineJobs, inlineJobs } from './inline-jobs.ts';

/** A runtime of its own, whichever implementation it is. */
export type Twin = {
  /** Started, one run at a time. Started again it is a newer version of the same service; the older one has stopped. */
  start(definitions: readonly JobDefinition[]): Promise<Commands>;
  /** What was told, in order. */
  readonly announced: readonly StoredEvent[];
  /** How often telling fails from now on. */
  refuse(times: number): void;
  /** By the clock of the runtime. */
  now(): Date;
  /** The job as soon as it has ended. */
  ended(id: string): Promise<JobView>;
  /** Waits until everything that follows from what has ended is told. */
  told(): Promise<void>;
  /** Waits until whatever can be picked is there to be picked. */
  delivered(): Promise<void>;
  end(): Promise<void>;
};

function bus() {
  const announced: StoredEvent[] = [];
  let refusals = 0;
  return {
    announced,
    refuse: (times: number) => {
      refusals = times;
    },
    announce: async (events: StoredEvent[]) => {
      if (refusals-- > 0) throw new Error('the bus is away');
      announced.push(...events);
    },
  };
}

async function inlineTwin(): Promise<Twin> {
  const { announced, refuse, announce } = bus();
  let jobs: InlineJobs | undefined;
  const twin = () => jobs ?? inlineJobs({ definitions: [] });
  return {
    announced,
    refuse,
    async start(definitions) {
      jobs = inlineJobs({ definitions, announce, ...(jobs && { continues: jobs }) });
      return jobs;
    },
    now: () => twin().clock.now(),
    async ended(id) {
      await twin().drainAll();
      return twin().find(id);
    },
    told: async () => void (await twin().drain()),
    delivered: async () => {},
    end: async () => {},
  };
}

async function realTwin(): Promise<Twin> {
  const { announced, refuse, announce } = bus();
  const world = await jobsWorld();
  let jobs: Jobs | undefined;
  return {
    announced,
    refuse,
    async start(definitions) {
      await jobs?.stop();
      jobs = await world.start(definitions, { concurrency: 1, announce });
      return jobs;
    },
    now: () => new Date(),
    ended: async (id) => {
      if (!jobs) throw new Error('not started');
      return jobs.waitFor(id, 10);
    },
    told: async () =>
      void (await until(async () => (await world.collections.jobs.countDocuments({ 'announce.pending': true })) === 0)),
    delivered: () => world.untilEmpty(),
    end: () => world.end(),
  };
}

export const twins: [string, () => Promise<Twin>][] = [
  ['the runtime', realTwin],
  ['the inline twin', inlineTwin],
];

export const ship = { name: 'order.ship' };
export const over = (state: string) => ({ type: 'order.over', version: 1, data: { state } });
