import type { Collections, WorkerRow } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { JobsError } from '../runtime/errors.ts';

/** A process that performs jobs, as people see it. */
export type WorkerView = Pick<
  WorkerRow,
  'host' | 'pid' | 'version' | 'queues' | 'slots' | 'running' | 'startedAt' | 'heartbeatAt'
> & {
  /** Made at each start of the process. */
  readonly id: string;
  /** `quiet` begins nothing more, `stopping` ends when what runs has ended, `silent` was not heard of for a lease and is likely dead. */
  readonly state: 'running' | 'quiet' | 'stopping' | 'silent';
};

type Parts = {
  collections: Collections;
  clock: DatabaseClock;
  leaseMs: number;
  /** Tells the worker at once; its next heartbeat would bring the wish anyway. */
  hint(worker: string): void;
};

/** Shows workers, and leaves wishes in their rows. */
export class WorkerDesk {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async all(): Promise<WorkerView[]> {
    const rows = await this.#parts.collections.workers.find({}).sort({ startedAt: 1, _id: 1 }).toArray();
    return rows.map((row) => this.#viewOf(row));
  }

  /** @throws JobsError `worker-not-found`. */
  async one(id: string): Promise<WorkerView> {
    const row = await this.#parts.collections.workers.findOne({ _id: id });
    if (!row) throw new JobsError('worker-not-found', `worker ${id} does not exist, or has left`, { id });
    return this.#viewOf(row);
  }

  /** It is to begin nothing more; what runs, runs on. Twice is once. @throws JobsError `worker-not-found`. */
  quiet(id: string): Promise<WorkerView> {
    return this.#wish(id, { wish: 'quiet' });
  }

  /** It is to end what runs, within its drain time, and then itself. @throws JobsError `worker-not-found`. */
  stop(id: string): Promise<WorkerView> {
    return this.#wish(id, { wish: 'stop' });
  }

  /** It is to run so many jobs at once until it ends; a successor begins as configured. @throws JobsError `worker-not-found`. */
  resize(id: string, slots: number): Promise<WorkerView> {
    return this.#wish(id, { wishedSlots: slots });
  }

  async #wish(id: string, wish: Pick<WorkerRow, 'wish' | 'wishedSlots'>): Promise<WorkerView> {
    // Whoever is to stop does not become quiet again.
    const mayCome = wish.wish === 'quiet' ? { wish: { $ne: 'stop' as const } } : {};
    await this.#parts.collections.workers.updateOne({ _id: id, ...mayCome }, { $set: wish });
    const worker = await this.one(id);
    this.#parts.hint(id);
    return worker;
  }

  #viewOf({ _id, host, pid, version, queues, slots, running, startedAt, heartbeatAt, state }: WorkerRow): WorkerView {
    const isSilent = heartbeatAt.getTime() < this.#parts.clock.now().getTime() - this.#parts.leaseMs;
    return {
      id: _id,
      host,
      pid,
      version,
      queues,
      slots,
      running,
      state: isSilent ? 'silent' : (state ?? 'running'),
      startedAt,
      heartbeatAt,
    };
  }
}
