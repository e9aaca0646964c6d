import type { BrokerLane } from '../broker/topology.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import { inBrackets } from '../record/in-brackets.ts';
import type { QueueSettingsRow } from '../record/queue-rows.ts';
import { WAITING } from '../record/record.ts';
import { asError, JobsError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { QueueRule, QueueSettings } from './queue-settings.ts';

const MAX_RACES = 20;
const LIVE = [...WAITING, 'executing'] as const;

/** What a person may set; a field that is absent stays, null takes back what the service declares. */
export type QueueChange = {
  concurrency?: number | null | undefined;
  weight?: number | null | undefined;
  weights?: Partial<Record<BrokerLane, number>> | null | undefined;
  limits?: Readonly<Record<string, number>> | null | undefined;
};

/** Who changes it, and, where somebody minds, of which revision they think that it is. */
export type Change = { by: string; revision?: number | undefined };

type Parts = {
  collections: Collections;
  clock: DatabaseClock;
  queues: readonly string[];
  settings: QueueSettings;
  /** Tells every process at once. */
  hint(queue: string): void;
  /** Gives a message to what waits: jobs accepted since then, and what is due. */
  ring(queue: string, since: Date): Promise<void>;
  log: Log;
};

/** What people do to queues. Each is one compare-and-set on the queue's settings; they outlive every process. */
export class QueueDesk {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws JobsError `queue-not-found`, `queue-changed` when the queue is at another revision. */
  set(queue: string, { concurrency, weight, weights, limits }: QueueChange, change: Change): Promise<QueueRule> {
    return this.#write(queue, change, (row) =>
      tidied({
        ...row,
        ...(concurrency !== undefined && { concurrency }),
        ...(weight !== undefined && { weight }),
        ...(weights !== undefined && { weights }),
        // As a list: a key may hold what a field's name may not.
        ...(limits !== undefined && { limits: limits && Object.entries(limits).map(([key, max]) => ({ key, max })) }),
      }),
    );
  }

  /** Nothing of the queue is begun any more, in no process; what runs, runs on. Twice is once. */
  pause(queue: string, change: Change): Promise<QueueRule> {
    return this.#write(queue, change, (row) => (row.paused ? undefined : { ...row, paused: true }));
  }

  /** Ends pause and drain, and rings for everything that waits. */
  async resume(queue: string, change: Change): Promise<QueueRule> {
    const rule = await this.#write(queue, change, ({ drainingSince, ringFrom, ...row }) =>
      row.paused || drainingSince
        ? { ...row, paused: false, ringFrom: ringFrom ?? drainingSince ?? this.#parts.clock.now() }
        : undefined,
    );
    await this.#ringNow();
    return rule;
  }

  /** Works off what was accepted until now; later jobs wait in their records. Then the queue is paused. A second call changes nothing. */
  async drain(queue: string, change: Change): Promise<QueueRule> {
    const rule = await this.#write(queue, change, (row) => {
      if (row.drainingSince && !row.paused) return undefined;
      // What came after an earlier drain has no message yet.
      const ringFrom = row.ringFrom ?? row.drainingSince;
      return { ...row, paused: false, drainingSince: this.#parts.clock.now(), ...(ringFrom && { ringFrom }) };
    });
    await this.#ringNow();
    return rule;
  }

  /** Jobs accepted before the call to drain that have not ended. */
  async left(queue: string, since: Date): Promise<number> {
    const { jobs } = this.#parts.collections;
    const counts = await Promise.all(
      LIVE.map((state) => jobs.countDocuments({ state, queue, $and: acceptedUntil(since) })),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Pauses the queues that are drained. Any replica may do it. */
  async endDrains(): Promise<void> {
    const { settings, queues, log } = this.#parts;
    for (const queue of queues) {
      const { drainingSince, paused, revision } = settings.of(queue);
      if (!drainingSince || paused || (await this.#isAnyLeft(queue, drainingSince))) continue;
      try {
        await this.pause(queue, { by: 'drain', revision });
        log.info({ queue, since: drainingSince }, 'queue is drained and paused');
      } catch (error) {
        // Another replica was first, or a person has changed their mind.
        if (!(error instanceof JobsError)) throw error;
      }
    }
  }

  /** Rings in the queues that were resumed; dying meanwhile leaves it to the next sweep of whichever replica. */
  async ringOut(): Promise<void> {
    const { settings, queues, ring, collections } = this.#parts;
    for (const queue of queues) {
      const row = settings.rowOf(queue);
      if (!row?.ringFrom || row.paused) continue;
      const { ringFrom } = row;
      await ring(queue, ringFrom);
      await collections.queueSettings.updateOne({ _id: queue, ringFrom }, { $unset: { ringFrom: '' } });
    }
  }

  /** What cannot be rung for now is rung for by a sweep. */
  async #ringNow(): Promise<void> {
    await this.ringOut().catch((error: unknown) =>
      this.#parts.log.warn({ reason: asError(error).message }, 'resumed queue not rung for, the next sweep does it'),
    );
  }

  /** The oldest of a queue are likely to be due first, so that most answers come from the head of the index. */
  async #isAnyLeft(queue: string, since: Date): Promise<boolean> {
    const { jobs } = this.#parts.collections;
    const found = await Promise.all(
      LIVE.map((state) =>
        jobs
          .find({ state, queue, $and: acceptedUntil(since) }, { projection: { _id: 1 } })
          .sort({ nextRunAt: 1 })
          .limit(1)
          .next(),
      ),
    );
    return found.some(Boolean);
  }

  /** @param next the changed row, or undefined when nothing has to change. */
  async #write(
    queue: string,
    { by, revision }: Change,
    next: (row: QueueSettingsRow) => QueueSettingsRow | undefined,
  ): Promise<QueueRule> {
    const { queues, collections, clock, settings, hint } = this.#parts;
    if (!queues.includes(queue)) throw unknownQueue(queue, queues);
    for (let tries = 0; tries < MAX_RACES; tries++) {
      const stored = await collections.queueSettings.findOne({ _id: queue });
      const row = stored ?? { _id: queue, paused: false, revision: 0, updatedAt: clock.now(), updatedBy: by };
      if (revision !== undefined && revision !== row.revision) throw changed(queue, revision, row.revision);
      const wanted = next(row);
      const isWritten =
        !wanted ||
        (await this.#replace({ ...wanted, revision: row.revision + 1, updatedAt: clock.now(), updatedBy: by }));
      if (!isWritten) continue;
      await settings.refresh();
      if (wanted) hint(queue);
      return settings.of(queue);
    }
    throw new JobsError('queue-changed', `queue ${queue} changes faster than it can be set; try again`, { queue });
  }

  /** @returns whether it still was at the revision before. */
  async #replace(row: QueueSettingsRow): Promise<boolean> {
    const { queueSettings } = this.#parts.collections;
    if (row.revision > 1) {
      const { _id, ...fields } = row;
      return (await queueSettings.replaceOne({ _id, revision: row.revision - 1 }, fields)).matchedCount === 1;
    }
    try {
      await queueSettings.insertOne(row);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }
}

/** A declared value comes back when a field is null. */
function tidied(row: { [Field in keyof QueueSettingsRow]: QueueSettingsRow[Field] | null }): QueueSettingsRow {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as QueueSettingsRow;
}

/** Of a queue that this service does not have. */
export function unknownQueue(name: string, known: readonly string[]): JobsError {
  return new JobsError(
    'queue-not-found',
    `queue ${JSON.stringify(name)} is not worked here; known are ${known.join(', ')}`,
    { name },
  );
}

function changed(queue: string, expected: number, revision: number): JobsError {
  return new JobsError(
    'queue-changed',
    `queue ${queue} is at revision ${revision}, not at ${expected}; read it again and repeat the change`,
    { queue, expected, revision },
  );
}

const acceptedUntil = (since: Date) => inBrackets({ createdAt: { $lte: since } });
