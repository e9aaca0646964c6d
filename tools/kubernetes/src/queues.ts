import * as contracts from '@millrace/contracts';
import { type QueueScale, queueScales } from './queue-scale.ts';

/** A queue with all that its workers have to know. */
export type Queue = QueueScale & {
  readonly name: string;
  /** The service that performs its jobs. */
  readonly service: string;
  /** The longest that one run may take, in seconds: the longest timeout of its jobs. */
  readonly timeoutSeconds: number;
};

type Job = { readonly name: string; readonly queue: string; readonly timeoutMs: number };

/**
 * The queues of the contracts, sorted by name.
 * @throws Error that names the queues which have no row in `queue-scale.ts`.
 */
export function listQueues(
  jobs: readonly (Job & { service: string })[] = promisedJobs(),
  scales: Readonly<Record<string, QueueScale>> = queueScales,
): readonly Queue[] {
  const byQueue = Map.groupBy(jobs, ({ queue }) => queue);
  const lacking = [...byQueue.keys()].filter((name) => !scales[name]);
  if (lacking.length > 0) {
    throw new Error(
      `no worker and no autoscaler for ${lacking.join(', ')}: give each a row in tools/kubernetes/src/queue-scale.ts`,
    );
  }
  return [...byQueue]
    .map(([name, theirs]) => ({
      name,
      service: theirs[0]?.service ?? '',
      timeoutSeconds: Math.ceil(Math.max(...theirs.map(({ timeoutMs }) => timeoutMs)) / 1_000),
      ...(scales[name] as QueueScale),
    }))
    .toSorted((one, other) => one.name.localeCompare(other.name));
}

function promisedJobs(): (Job & { service: string })[] {
  return Object.entries(contracts)
    .filter(([, owned]) => typeof owned === 'object')
    .flatMap(([owner, owned]) =>
      Object.values(owned as Record<string, unknown>)
        .filter(isJob)
        .map((job) => ({ ...job, service: owner.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) })),
    );
}

const isJob = (value: unknown): value is Job =>
  typeof value === 'object' && value !== null && 'queue' in value && 'timeoutMs' in value;
