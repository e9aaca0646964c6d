import type { JobActions } from '../operate/job-actions.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { isTerminal } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError, JobsError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { BatchItem, BatchRow } from './batch-row.ts';
import { type Batches, RECONCILE_MS, WORK_MS } from './batches.ts';
import type { Tally } from './tally.ts';

const SWEEP = 10;
const CHUNK = 500;
const AT_ONCE = 25;

type Parts = {
  collections: Collections;
  batches: Batches;
  tally: Tally;
  actions: JobActions;
  clock: DatabaseClock;
  log: Log;
};

/** Finishes what others have begun with a batch: its enqueueing, what a person wants of its members, its end. */
export class BatchCare {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Takes the batches whose time has come. One that is in trouble harms no other. */
  async sweep(): Promise<void> {
    const { collections, clock, log } = this.#parts;
    const due = await collections.batches
      .find({ dueAt: { $lte: clock.now() } }, { projection: { _id: 1, dueAt: 1 } })
      .sort({ dueAt: 1 })
      .limit(SWEEP)
      .toArray();
    for (const { _id, dueAt } of due) {
      if (!dueAt || !(await this.#take(_id, dueAt))) continue;
      await this.carryOn(_id).catch((error: unknown) =>
        log.warn({ batchId: _id, reason: asError(error).message }, 'batch not cared for, the next sweep tries again'),
      );
    }
  }

  /** Does all that is left to do now. May be repeated, by several at once. */
  async carryOn(id: string): Promise<void> {
    const { collections, batches, clock } = this.#parts;
    const row = await collections.batches.findOne({ _id: id });
    if (!row) return;
    if (row.commands) await batches.enqueueMembers(row);
    if (row.wish) await this.#grant(row, row.wish);
    await this.#reconcile(id);
    const left = await collections.batches.findOne({ _id: id }, { projection: { items: 0 } });
    if (left) await batches.close(left);
    const dueAt = new Date(clock.now().getTime() + RECONCILE_MS);
    const idle = { _id: id, owes: { $exists: false }, commands: { $exists: false }, wish: { $exists: false } } as const;
    await collections.batches.updateOne({ ...idle, state: 'open' }, { $set: { dueAt } });
    await collections.batches.updateOne({ ...idle, state: { $ne: 'open' } }, { $unset: { dueAt: '' } });
  }

  async #take(_id: string, dueAt: Date): Promise<boolean> {
    const later = new Date(this.#parts.clock.now().getTime() + WORK_MS);
    const { matchedCount } = await this.#parts.collections.batches.updateOne(
      { _id, dueAt },
      { $set: { dueAt: later } },
    );
    return matchedCount === 1;
  }

  async #grant({ _id, items }: BatchRow, { kind, at }: NonNullable<BatchRow['wish']>): Promise<void> {
    const { actions, collections } = this.#parts;
    if (kind === 'cancel')
      await this.#each(
        items.filter(({ state }) => state === 'live'),
        ({ id }) => actions.cancel(id),
      );
    // What failed again after the wish has had its retry.
    else await this.#each(await this.#failedBefore(items, at), ({ id }) => actions.retry(id));
    crashPoint('batch.wish-granted');
    await collections.batches.updateOne({ _id, 'wish.at': at }, { $unset: { wish: '' } });
  }

  async #failedBefore(items: readonly BatchItem[], at: Date): Promise<BatchItem[]> {
    const failed = items.filter(({ state }) => state === 'failed');
    const found = new Set<string>();
    for (let from = 0; from < failed.length; from += CHUNK) {
      const ids = failed.slice(from, from + CHUNK).map(({ id }) => id);
      const records = this.#parts.collections.jobs.find(
        { _id: { $in: ids }, state: 'failed', endedAt: { $lte: at } },
        { projection: { _id: 1 } },
      );
      for await (const { _id } of records) found.add(_id);
    }
    return failed.filter(({ id }) => found.has(id));
  }

  async #each(items: readonly BatchItem[], act: (item: BatchItem) => Promise<unknown>): Promise<void> {
    for (let from = 0; from < items.length; from += AT_ONCE) {
      await Promise.all(
        items.slice(from, from + AT_ONCE).map((item) =>
          act(item).catch((error: unknown) => {
            if (!(error instanceof JobsError)) throw error;
            this.#parts.log.info({ jobId: item.id, reason: error.message }, 'a member of a batch stays as it is');
          }),
        ),
      );
    }
  }

  /** Members whose end nobody has told: their record was deleted before. */
  async #reconcile(batchId: string): Promise<void> {
    const { collections, tally } = this.#parts;
    const row = await collections.batches.findOne({ _id: batchId });
    if (!row || row.commands) return;
    const live = row.items.flatMap((item, i) => (item.state === 'live' ? [{ item, i }] : []));
    for (let from = 0; from < live.length; from += CHUNK) {
      const chunk = live.slice(from, from + CHUNK);
      const records = await collections.jobs
        .find({ _id: { $in: chunk.map(({ item }) => item.id) } }, { projection: { state: 1, ends: 1 } })
        .toArray();
      const recordOf = new Map(records.map((record) => [record._id, record]));
      const moves = chunk.flatMap(({ item, i }) => {
        const record = recordOf.get(item.id);
        if (!record) return [{ batchId, i, id: item.id, state: 'discarded' as const, ends: item.ends + 1 }];
        const { state, ends } = record;
        return isTerminal(state) ? [{ batchId, i, id: item.id, state, ends }] : [];
      });
      await Promise.all(moves.map((move) => tally.move(move)));
    }
  }
}
