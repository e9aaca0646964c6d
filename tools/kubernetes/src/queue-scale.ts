/** How one queue is worked on in Kubernetes. */
export type QueueScale = {
  /** How long a run takes, in milliseconds, as measured (docs/performance.md, or the histogram `jobs_duration_seconds`). */
  readonly serviceMs: number;
  /** Jobs at once in a pod: its CONCURRENCY. */
  readonly slots: number;
  /** More pods than this are never started: what stands behind the queue would not bear them, or gain nothing. */
  readonly maxReplicas: number;
  readonly memoryMi: number;
  readonly cpuMilli: number;
};

/** A job should not wait longer than this for its start, in milliseconds. */
const WANTED_WAIT_MS = 1_000;

const small = { memoryMi: 256, cpuMilli: 100 };
const large = { memoryMi: 512, cpuMilli: 250 };

/** One row per queue of the contracts, sorted; a queue without a row fails the check. */
export const queueScales: Readonly<Record<string, QueueScale>> = {
  'campaign.default': { serviceMs: 100, slots: 10, maxReplicas: 2, ...small },
  'campaign.pool': { serviceMs: 100, slots: 5, maxReplicas: 2, ...small },
  'campaign.seeding': { serviceMs: 150, slots: 10, maxReplicas: 6, ...large },
  'mesh.batch': { serviceMs: 200, slots: 10, maxReplicas: 4, ...small },
  'mesh.critical': { serviceMs: 20, slots: 25, maxReplicas: 4, ...small },
  'mesh.default': { serviceMs: 500, slots: 10, maxReplicas: 4, ...small },
  // Ten run at once over all replicas, by the queue's limit; a run hands the picture to the engine and looks after it.
  'mesh.generation': { serviceMs: 2_000, slots: 5, maxReplicas: 4, ...large },
  'mesh.low': { serviceMs: 2_000, slots: 2, maxReplicas: 2, ...small },
  // The provider answers one request a second, over all replicas.
  'music.import': { serviceMs: 4_000, slots: 10, maxReplicas: 2, ...large },
  'music.match': { serviceMs: 4_000, slots: 10, maxReplicas: 2, ...large },
  'notifications.deliver': { serviceMs: 200, slots: 20, maxReplicas: 4, ...small },
  'projects.default': { serviceMs: 1_000, slots: 2, maxReplicas: 2, ...small },
  'projects.setup': { serviceMs: 1_000, slots: 10, maxReplicas: 4, ...small },
};

/**
 * Due and executing jobs per pod that the autoscaler aims at. All slots where a run is short; fewer where the jobs
 * behind the running ones would wait too long. Never more than the slots: so a busy pod is always wanted.
 */
export const targetOf = ({ serviceMs, slots }: QueueScale): number =>
  Math.max(1, Math.min(slots, Math.round((slots * WANTED_WAIT_MS) / serviceMs)));
