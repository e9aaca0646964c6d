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
