import type { JobDefinition } from '../define/define-job.ts';
import type { BreakerRow, Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { JobsError } from '../runtime/errors.ts';
import { BreakerRows } from './breaker-rows.ts';

/** A breaker as people see it, times as ISO strings. */
export type BreakerView = {
  id: string;
  /** `<dependency>` or `<dependency>:<key>`. */
  name: string;
  state: BreakerRow['state'];
  /** Failures that count towards opening. */
  recentFailures: number;
  /** Openings since it was last closed. */
  openings: number;
  /** Null while it is closed, or held open by a person. */
  openUntil: string | null;
  probe: { jobId: string; until: string } | null;
  changedBy: string | null;
  createdAt: string;
  updatedAt: string;
};

type Parts = {
  collections: Collections;
  clock: DatabaseClock;
  definitions: ReadonlyMap<string, JobDefinition>;
  /** Tells all processes that a breaker has changed. */
  hint(name: string): void;
};

/** Where people look at breakers and overrule them. */
export class BreakerDesk {
  readonly #rows: BreakerRows;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#rows = new BreakerRows(parts.collections.breakers);
    this.#parts = parts;
  }

  /** By name: those of definitions, and all that were called through, parts from their first failure on; at most a thousand. */
  async list(): Promise<BreakerView[]> {
    const rows = await this.#rows.all();
    const known = new Set(rows.map(({ _id }) => _id));
    const now = this.#parts.clock.now();
    const unused = [...this.#declared].filter((name) => !known.has(name)).map((name) => this.#rows.unused(name, now));
    return [...rows, ...unused].map(viewOfBreaker).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Those that a metric may name: parts of a dependency only while they are not closed, for there may be as many as users. */
  async gauged(): Promise<BreakerView[]> {
    return (await this.list()).filter(({ name, state }) => state !== 'closed' || !name.includes(':'));
  }

  /** Keeps all calls from a dependency until a person closes the breaker. @throws JobsError `breaker-not-found`. */
  open(name: string, by: string): Promise<BreakerView> {
    return this.#change(name, (now) => this.#rows.hold(name, by, now));
  }

  /** Lets calls through again; what waits comes back in its turn. @throws JobsError `breaker-not-found`. */
  close(name: string, by: string): Promise<BreakerView> {
    return this.#change(name, (now) => this.#rows.close(name, by, now));
  }

  async #change(name: string, change: (now: Date) => Promise<BreakerRow | null>): Promise<BreakerView> {
    const now = this.#parts.clock.now();
    if (this.#declared.has(name)) await this.#rows.ensured(name, now);
    const row = await change(now);
    if (!row) throw new JobsError('breaker-not-found', `there is no breaker ${name}`, { name });
    this.#parts.hint(name);
    return viewOfBreaker(row);
  }

  get #declared(): ReadonlySet<string> {
    return new Set(
      [...this.#parts.definitions.values()].flatMap(({ breakers = [] }) => breakers.map(({ name }) => name)),
    );
  }
}

const viewOfBreaker = ({ _id, state, failures, openings, openUntil, probe, ...row }: BreakerRow): BreakerView => ({
  id: _id,
  name: _id,
  state,
  recentFailures: failures.length,
  openings,
  openUntil: openUntil?.toISOString() ?? null,
  probe: probe ? { jobId: probe.jobId, until: probe.until.toISOString() } : null,
  changedBy: row.changedBy ?? null,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.changedAt.toISOString(),
});
