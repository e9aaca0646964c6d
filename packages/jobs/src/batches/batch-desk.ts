import type { mongo } from 'mongoose';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { asError, JobsError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { BatchCare } from './batch-care.ts';
import type { BatchRow, BatchState } from './batch-row.ts';
import { type BatchDetail, type BatchView, viewOfBatch } from './batch-view.ts';
import { WORK_MS } from './batches.ts';

export type BatchFilter = { state?: BatchState | undefined; name?: string | undefined; tag?: string | undefined };
type Place = { createdAt: Date; id: string };

/** Where people look at batches and act on all members of one. */
export class BatchDesk {
  readonly #collections: Collections;
  readonly #care: BatchCare;
  readonly #clock: DatabaseClock;
  readonly #log: Log;

  constructor(parts: { collections: Collections; care: BatchCare; clock: DatabaseClock; log: Log }) {
    this.#collections = parts.collections;
    this.#care = parts.care;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** Newest first. Pass `next` of one page as `after` of the following. */
  async list(
    { state, name, tag }: BatchFilter,
    { limit, after }: { limit: number; after?: Place | undefined },
  ): Promise<{ items: BatchView[]; next: Place | null }> {
    const conditions = [
      ...(state ? [{ state }] : []),
      ...(name ? [{ name }] : []),
      ...(tag ? [{ tags: tag }] : []),
      ...(after
        ? [{ $or: [{ createdAt: { $lt: after.createdAt } }, { createdAt: after.createdAt, _id: { $lt: after.id } }] }]
        : []),
    ];
    const filter = (conditions.length > 0 ? { $and: conditions } : {}) as mongo.Filter<BatchRow>;
    const heads = await this.#collections.batches
      .find(filter, { projection: { items: 0, commands: 0 } })
      .sort({ createdAt: -1, _id: -1 })
      .limit(limit + 1)
      .toArray();
    const last = heads.length > limit ? heads[limit - 1] : undefined;
    return {
      items: heads.slice(0, limit).map(viewOfBatch),
      next: last ? { createdAt: last.createdAt, id: last._id } : null,
    };
  }

  /** @throws JobsError `batch-not-found`. */
  async find(id: string): Promise<BatchDetail> {
    const row = await this.#collections.batches.findOne({ _id: id }, { projection: { commands: 0 } });
    if (!row) throw notFound(id);
    return { ...viewOfBatch(row), items: row.items.map(({ id: jobId, state }) => ({ id: jobId, state })) };
  }

  /** Cancels what has not ended, soon: waiting members end, running ones are asked to. @throws JobsError `batch-not-found`. */
  cancel(id: string): Promise<BatchView> {
    return this.#wish(id, 'cancel');
  }

  /** Runs the failed members again under their ids, soon; the batch is open until they end. @throws JobsError `batch-not-found`. */
  retryFailed(id: string): Promise<BatchView> {
    return this.#wish(id, 'retry-failed');
  }

  /** The wish is kept before it is granted, so that a crash in between grants it later. */
  async #wish(id: string, kind: 'cancel' | 'retry-failed'): Promise<BatchView> {
    const at = this.#clock.now();
    const head = await this.#collections.batches.findOneAndUpdate(
      { _id: id },
      {
        $set: { wish: { kind, at }, dueAt: new Date(at.getTime() + WORK_MS) },
        $currentDate: { updatedAt: true },
      },
      { returnDocument: 'after', projection: { items: 0, commands: 0 } },
    );
    if (!head) throw notFound(id);
    this.#care
      .carryOn(id)
      .catch((error: unknown) =>
        this.#log.warn({ batchId: id, reason: asError(error).message }, 'batch not cared for, the sweep will'),
      );
    return viewOfBatch(head);
  }
}

const notFound = (id: string) => new JobsError('batch-not-found', `batch ${id} does not exist`, { id });
