import { isSuccessor } from '../enqueue/successors.ts';
import { type JobFilter, statesOf } from '../record/job-filter.ts';
import { isTerminal, type JobRecord, type JobState, STATES, WAITING } from '../record/record.ts';
import { type AppliedUpdate, applyUpdate } from './apply-update.ts';

const LANE_ORDER = { hi: 0, std: 1, lo: 2 } as const;

type KeyHold = { readonly jobId: string; readonly until: Date };

/** What the database holds for the runtime, in memory. */
export class InlineRecords {
  readonly #records = new Map<string, JobRecord>();
  readonly #keys = new Map<string, KeyHold>();
  /** As the real journal is written apart from the records. */
  readonly #accepted = new Map<string, string>();

  get all(): readonly JobRecord[] {
    return [...this.#records.values()];
  }

  find(id: string): JobRecord | undefined {
    return this.#records.get(id);
  }

  accept(record: JobRecord): void {
    this.#records.set(record._id, record);
    this.#accepted.set(record._id, record.name);
  }

  /** @returns the record as the update has left it. */
  update(id: string, update: AppliedUpdate, now: Date): JobRecord {
    const record = this.#records.get(id);
    if (!record) throw new Error(`no record ${id}`);
    const next = { ...applyUpdate(record, update), updatedAt: now };
    this.#records.set(id, next);
    return next;
  }

  remove(id: string): void {
    this.#records.delete(id);
    this.#accepted.delete(id);
  }

  /** Another job that holds a unique key. */
  holderOf(key: string, jobId: string, now: Date): JobRecord | undefined {
    const hold = this.#keys.get(key);
    const holder = hold && hold.jobId !== jobId ? this.find(hold.jobId) : undefined;
    return hold && holder && (!isTerminal(holder.state) || hold.until > now) ? holder : undefined;
  }

  /** Takes a unique key, or says which job holds it. */
  takeKey(key: string, jobId: string, windowMs: number, now: Date): JobRecord | undefined {
    const holder = this.holderOf(key, jobId, now);
    if (holder) return holder;
    this.#keys.set(key, { jobId, until: new Date(now.getTime() + windowMs) });
    return undefined;
  }

  /** The next job to run, by lane, then by the time at which it was due, then by age. */
  nextDue(now: Date, queue?: string): JobRecord | undefined {
    return this.#waiting(queue)
      .filter(({ nextRunAt }) => nextRunAt <= now)
      .toSorted((one, other) => LANE_ORDER[one.lane] - LANE_ORDER[other.lane] || byDue(one, other))[0];
  }

  /** When the next job is due that is not due yet. */
  nextTime(queue?: string): Date | undefined {
    return this.#waiting(queue).toSorted(byDue)[0]?.nextRunAt;
  }

  select(filter: JobFilter): JobRecord[] {
    return this.all.filter((record) => matches(record, filter));
  }

  count(filter: JobFilter): Record<JobState, number> {
    const found = this.select(filter);
    const counts = STATES.map((state) => [state, found.filter((record) => record.state === state).length]);
    return Object.fromEntries(counts) as Record<JobState, number>;
  }

  /** Ids journalled for a job name. */
  accepted(name: string): number {
    return [...this.#accepted.values()].filter((accepted) => accepted === name).length;
  }

  #waiting(queue?: string): JobRecord[] {
    return this.all.filter(
      (record) =>
        WAITING.some((state) => state === record.state) &&
        !isSuccessor(record) &&
        (queue === undefined || record.queue === queue),
    );
  }
}

const byDue = (one: JobRecord, other: JobRecord) => one.nextRunAt.getTime() - other.nextRunAt.getTime();

function matches(record: JobRecord, filter: JobFilter): boolean {
  const { name, queue, tag, traceId, fingerprint, rootId, args, meta, letter, q } = filter;
  const state = statesOf(filter);
  return [
    !state || state.includes(record.state),
    !name || record.name === name,
    !queue || record.queue === queue,
    !tag || record.tags.includes(tag),
    !traceId || record.traceId === traceId,
    !fingerprint || record.fingerprint === fingerprint,
    !rootId || record.rootId === rootId,
    isWithin(record, filter),
    !letter || (record.deadLetter?.state ?? 'open') === letter,
    !q || record._id === q || record.name.startsWith(q),
    hasFields(record.payload, args),
    hasFields(record.meta, meta),
  ].every(Boolean);
}

function isWithin({ createdAt, endedAt }: JobRecord, { from, to, createdBefore, endedBefore }: JobFilter): boolean {
  return [
    !from || createdAt >= from,
    !to || createdAt <= to,
    !createdBefore || createdAt < createdBefore,
    !endedBefore || (endedAt !== undefined && endedAt < endedBefore),
  ].every(Boolean);
}

/** A query knows only text. */
function hasFields(root: unknown, fields: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(fields).every(([path, text]) =>
    [valueAt(root, path)].flat().some((value) => value !== undefined && String(value) === text),
  );
}

function valueAt(root: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (place, name) =>
        typeof place === 'object' && place !== null ? (place as Record<string, unknown>)[name] : undefined,
      root,
    );
}
