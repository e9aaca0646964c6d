import { setTimeout as delay } from 'node:timers/promises';
import type { JobFilter, Jobs, JobView } from '@millrace/jobs';
import type { Logger } from 'pino';
import { revisionOf } from './job-resource.ts';

const liveStates = ['scheduled', 'available', 'executing', 'retryable', 'snoozed'] as const;

/** Between two looks at the records, while somebody follows. */
const restMs = 500;
/** A dear look is followed by a longer rest, so many times as long as it took, up to the longest. */
const restPerLook = 9;
const longestRestMs = 5_000;
const newest = 200;
const liveAtMost = 500;

/** The newest 200 jobs and up to 500 live ones, those whose changes are told; `live` are the ids of the second. */
export async function watchedJobs(jobs: Pick<Jobs, 'list'>, filter: JobFilter = {}) {
  const [recent, running] = await Promise.all([
    jobs.list(filter, { limit: newest }),
    jobs.list({ ...filter, state: liveStates }, { limit: liveAtMost }),
  ]);
  return {
    byId: new Map([...recent.items, ...running.items].map((job) => [job.id, job])),
    live: new Set(running.items.map(({ id }) => id)),
  };
}

/**
 * Tells of jobs as they change, in whichever process that happens, by looking at the records. One look serves all followers
 * of a process; without followers there is none. Watches what {@link watchedJobs} says, live ones until they end.
 */
export class JobFeed {
  readonly #jobs: Jobs;
  readonly #log: Logger;
  readonly #followers = new Set<(job: JobView) => void>();
  /** Undefined before the first look. */
  #seen: ReadonlyMap<string, string> | undefined;
  #watched: ReadonlySet<string> = new Set();
  #following: AbortController | undefined;

  constructor({ jobs, log }: { jobs: Jobs; log: Logger }) {
    this.#jobs = jobs;
    this.#log = log;
  }

  /** Calls back with every job that changed from now on. @returns how to stop that. */
  follow(follower: (job: JobView) => void): () => void {
    this.#followers.add(follower);
    if (!this.#following) {
      this.#following = new AbortController();
      void this.#lookOn(this.#following.signal);
    }
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size === 0) this.#rest();
    };
  }

  #rest(): void {
    this.#following?.abort();
    this.#following = undefined;
    this.#seen = undefined;
    this.#watched = new Set();
  }

  async #lookOn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const tookMs = await this.#look(signal);
      const rest = Math.min(Math.max(restMs, tookMs * restPerLook), longestRestMs);
      await delay(rest, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** @returns how long it took; 0 for one that failed, which is tried again soon. */
  async #look(signal: AbortSignal): Promise<number> {
    const begunAt = performance.now();
    try {
      const { jobs, live } = await this.#read();
      if (signal.aborted) return 0;
      this.#watched = live;
      this.#tell(jobs);
      return performance.now() - begunAt;
    } catch (error) {
      this.#log.warn({ err: error }, 'job feed cannot read the records');
      return 0;
    }
  }

  async #read(): Promise<{ jobs: readonly JobView[]; live: ReadonlySet<string> }> {
    const { byId, live } = await watchedJobs(this.#jobs);
    const gone = [...this.#watched].filter((id) => !byId.has(id));
    const ended = await Promise.all(gone.map((id) => this.#jobs.find(id).catch(() => undefined)));
    return { jobs: [...byId.values(), ...ended.filter((job) => job !== undefined)], live };
  }

  /** The first look only learns what there is: followers have their snapshot. */
  #tell(jobs: readonly JobView[]): void {
    const seen = this.#seen;
    this.#seen = new Map(jobs.map((job) => [job.id, revisionOf(job)]));
    if (!seen) return;
    const changed = jobs.filter((job) => seen.get(job.id) !== revisionOf(job));
    for (const job of changed.toSorted((a, b) => a.updatedAt.localeCompare(b.updatedAt))) {
      for (const follower of this.#followers) follower(job);
    }
  }
}
