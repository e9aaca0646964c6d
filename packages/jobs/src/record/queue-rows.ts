import type { BrokerLane } from '../broker/topology.ts';

/** What people have set of a queue. Absent fields are as the service has declared them. */
export type QueueSettingsRow = {
  _id: string;
  paused: boolean;
  /** Jobs accepted later wait in their records; once none from before is left, the queue is paused and this stays. */
  drainingSince?: Date;
  /** Whoever sweeps next rings for what has waited, first of all for jobs accepted since then: they have no message. */
  ringFrom?: Date;
  concurrency?: number;
  weight?: number;
  weights?: Partial<Record<BrokerLane, number>>;
  limits?: { key: string; max: number }[];
  /** Grows with each change, from 1. */
  revision: number;
  updatedAt: Date;
  updatedBy: string;
};

/** What one process has seen of a queue in one minute. */
export type MinuteCounts = {
  enqueued: number;
  started: number;
  completed: number;
  failed: number;
  discarded: number;
  cancelled: number;
  retried: number;
  snoozed: number;
  /** Sum over what was started. */
  waitMs: number;
  waitMsMax: number;
  /** Runs that ended, whatever became of the job. */
  runs: number;
  runMs: number;
  runMsMax: number;
};

/** One minute of a queue: `<queue>:<ISO time of its beginning>`, so that the ids of a queue are in the order of time. */
export type QueueMinuteRow = {
  _id: string;
  queue: string;
  at: Date;
  /** By process. Each writes what it has seen in all, so that writing it twice counts it once. */
  by?: Record<string, MinuteCounts>;
  /** Due and running jobs; null when whoever was counting has died. */
  backlog?: number | null;
};
