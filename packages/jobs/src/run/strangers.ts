import type { Dispatcher } from '../broker/dispatcher.ts';
import type { Envelope } from '../broker/envelope.ts';
import type { JobDefinition } from '../define/define-job.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { GroupCommit } from '../record/group-commit.ts';
import { type JobRecord, RUNNABLE } from '../record/record.ts';
import type { Log } from '../telemetry/log.ts';
import { count } from '../telemetry/metrics.ts';

/** Against the time after which a message counts as lost: 1 s to 60 s by default. */
const FIRST_PER_REDISPATCH = 1 / 30;
const LONGEST_PER_REDISPATCH = 2;

/** What the record says about a message that cannot be read here. */
export type Verdict = 'perform' | 'held' | 'moved-on' | 'record-missing';

/**
 * Judges messages that this release does not understand by their records. What a newer release has written is handed
 * on through the delay ladder, untouched and unspent, until it meets a worker that knows it; `waitingFor` shows it.
 */
export class Strangers {
  readonly #parts: {
    collections: Collections;
    definitions: ReadonlyMap<string, JobDefinition>;
    clock: DatabaseClock;
    commit: GroupCommit;
    dispatcher: Dispatcher;
    redispatchMs: number;
    log: Log;
  };
  readonly #told = new Set<string>();

  constructor(parts: {
    collections: Collections;
    definitions: ReadonlyMap<string, JobDefinition>;
    clock: DatabaseClock;
    commit: GroupCommit;
    dispatcher: Dispatcher;
    redispatchMs: number;
    log: Log;
  }) {
    this.#parts = parts;
  }

  /** @throws when the database does not answer. */
  async judge({ jobId, n }: Envelope): Promise<Verdict> {
    const record = await this.#parts.collections.jobs.findOne({ _id: jobId });
    if (!record) return 'record-missing';
    if (record.n !== n || !RUNNABLE.some((state) => state === record.state)) return 'moved-on';
    const missing = missingFor(record, this.#parts.definitions.get(record.name));
    if (!missing) return 'perform';
    await this.#hold(record, missing);
    return 'held';
  }

  /** A new dispatch number makes every other message of this dispatch a duplicate, so that they cannot multiply. */
  async #hold(record: JobRecord, waitingFor: string): Promise<void> {
    const { clock, commit, dispatcher, redispatchMs } = this.#parts;
    this.#tellOnce(record, waitingFor);
    const now = clock.now();
    const waitMs = redispatchMs * Math.min(LONGEST_PER_REDISPATCH, FIRST_PER_REDISPATCH * 2 ** (record.dispatches - 1));
    const isOurs = await commit.write({
      id: record._id,
      filter: () => ({ n: record.n, state: record.state }),
      mark: 'settledBy',
      update: {
        $set: { waitingFor, wakeAt: new Date(now.getTime() + waitMs + redispatchMs) },
        $inc: { n: 1, dispatches: 1 },
        $currentDate: { updatedAt: true },
      },
    });
    if (!isOurs) return;
    count('held', record);
    // Due as before: only the message comes later.
    await dispatcher.dispatch({ ...record, n: record.n + 1, nextRunAt: new Date(now.getTime() + waitMs) });
  }

  #tellOnce({ _id, name }: JobRecord, waitingFor: string): void {
    const what = `${name} ${waitingFor}`;
    if (this.#told.has(what)) return;
    this.#told.add(what);
    const fields = { jobId: _id, job: name, waitingFor };
    this.#parts.log.warn(fields, 'a newer release has written this job; it waits for a worker that knows it');
  }
}

/** What this process lacks to perform a job: `job:<name>` or `version:<number>`; undefined when nothing. */
export function missingFor(
  { name, v }: Pick<JobRecord, 'name' | 'v'>,
  definition: JobDefinition | undefined,
): string | undefined {
  if (!definition) return `job:${name}`;
  return v > definition.contract.version ? `version:${v}` : undefined;
}
