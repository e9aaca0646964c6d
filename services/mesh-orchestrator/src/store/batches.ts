import { batchProgressed } from '@millrace/contracts/mesh';
import { type OutboxFields, outboxEvent, storing } from '@millrace/events';
import { isDuplicateKey } from '@millrace/jobs';
import { modelOf } from '@millrace/service/model';
import type { ClientSession, Connection, Model, QueryFilter, UpdateQuery } from 'mongoose';
import {
  type Batch,
  type BatchItem,
  type BatchStatus,
  type BatchWish,
  batchFacts,
  hasEnded,
  type ItemEnd,
  newBatch,
  progressOf,
  retried,
} from '../domain/batch.ts';
import { meshModel } from './meshes.ts';

/** A batch with the facts about it that no job tells. */
export type StoredBatch = Batch & OutboxFields;

/** Writes down, in the same transaction, the command that the row asks for. */
export type CommandBatch = (batch: Batch, session: ClientSession) => Promise<unknown>;

export type Batches = ReturnType<typeof batchesIn>;

/** Which batch a project is at, or was at last: who begins one writes it, so that of two who begin at once one starts over. */
type ProjectRow = { readonly _id: string; readonly batchId: string; readonly turn: number };

const batchModel = (database: Connection): Model<Batch> =>
  modelOf<Batch>(database, 'batches', [
    [{ ownerId: 1, createdAt: -1, _id: -1 }],
    [{ createdAt: -1, _id: -1 }],
    [{ outboxAt: 1 }, { partialFilterExpression: { outboxAt: { $exists: true } } }],
  ]);

type ListOptions = {
  readonly ownerId: string | undefined;
  readonly projectId: string | undefined;
  readonly status: BatchStatus | undefined;
  readonly after: Record<string, unknown>;
  readonly limit: number;
};

/** Collections `batches` and `project_batches`. */
export function batchesIn(database: Connection) {
  const model = batchModel(database);
  return {
    ...beginningsOf(database, model),
    ...coursesOf(model),

    find: (id: string): Promise<StoredBatch | null> => model.findById(id).lean<StoredBatch>().exec(),

    /** Newest first. @param ownerId undefined lists everybody's. @param after further conditions, for paging. */
    list: ({ ownerId, projectId, status, after, limit }: ListOptions): Promise<Batch[]> =>
      model
        .find({
          $and: [
            ownerId === undefined ? {} : { ownerId },
            projectId ? { projectId } : {},
            status ? { status } : {},
            after,
          ],
        } as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .lean<Batch[]>()
        .exec(),

    /** Those of these batches that have gone beyond the revision beside their id. */
    changedBeyond: (known: ReadonlyMap<string, number>): Promise<Batch[]> =>
      model
        .find({ $or: [...known].map(([_id, revision]) => ({ _id, revision: { $gt: revision } })) } as never)
        .lean<Batch[]>()
        .exec(),
  };
}

/** Beginning a batch, the first time or once more: one at a time per project, written together with its command. */
function beginningsOf(database: Connection, model: Model<Batch>) {
  const projects = () => database.collection<ProjectRow>('project_batches');

  /** @returns the batch that the project is at; undefined when it is free, and `batchId`'s from now on. */
  async function take(projectId: string, batchId: string, session: ClientSession): Promise<Batch | undefined> {
    const row = await projects().findOne({ _id: projectId }, { session });
    const present = row && (await model.findById(row.batchId, null, { session }).lean<Batch>().exec());
    if (present && !hasEnded(present) && present._id !== batchId) return present;
    const next = { batchId, turn: (row?.turn ?? 0) + 1 };
    if (row) await projects().updateOne({ _id: projectId, turn: row.turn }, { $set: next }, { session });
    else await projects().insertOne({ _id: projectId, ...next }, { session });
    return undefined;
  }

  return {
    /** Writes a batch and its command, unless the project is at one, which is returned then. The same id again returns the first. */
    begin: (wish: BatchWish, command: CommandBatch, at = new Date()): Promise<Batch> =>
      overAgain(() =>
        database.transaction(async (session) => {
          const earlier = await model.findById(wish._id, null, { session }).lean<Batch>().exec();
          const present = earlier ?? (await take(wish.projectId, wish._id, session));
          if (present) return present;
          const batch = newBatch(wish, at);
          await model.collection.insertOne({ ...batch } as never, { session });
          await command(batch, session);
          return batch;
        }),
      ),

    /**
     * Has what failed in an ended batch made once more.
     * @returns the batch as it is then; the one that the project is at when that is another; null when nothing has failed.
     */
    reopen: (batchId: string, command: CommandBatch, at = new Date()): Promise<Batch | null> =>
      overAgain(() =>
        database.transaction(async (session) => {
          const batch = await model.findById(batchId, null, { session }).lean<Batch>().exec();
          if (!batch || !hasEnded(batch)) return batch;
          if (batch.failed === 0) return null;
          return (await take(batch.projectId, batchId, session)) ?? again(batch, command, session, at);
        }),
      ),
  };

  async function again(batch: Batch, command: CommandBatch, session: ClientSession, at: Date): Promise<Batch> {
    const next = retried(batch, await generationsOf(batch, session), at);
    const { _id, ...fields } = next;
    const filter = { _id, revision: batch.revision } as QueryFilter<Batch>;
    await model.updateOne(filter, { $set: fields } as UpdateQuery<Batch>, { session });
    await command(next, session);
    return next;
  }

  async function generationsOf({ items }: Batch, session: ClientSession): Promise<ReadonlyMap<string, number>> {
    const meshes = await meshModel(database)
      .find({ _id: { $in: items.map(({ meshId }) => meshId) } } as never, { generation: 1 }, { session })
      .lean<{ _id: string; generation: number }[]>()
      .exec();
    return new Map(meshes.map(({ _id, generation }) => [_id, generation]));
  }
}

/** Two first batches of a project meet at the row that neither has found: who comes second finds it. */
async function overAgain<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return work();
  }
}

/**
 * What happens to a batch while it runs. An item and its counter move in one write, filtered by the state that the item had: whoever
 * comes twice, late, or from another run changes nothing, so the counters cannot drift from the items.
 */
function coursesOf(model: Model<Batch>) {
  const change = (filter: object, update: object): Promise<StoredBatch | null> =>
    model
      .findOneAndUpdate(filter as QueryFilter<Batch>, update as UpdateQuery<Batch>, { returnDocument: 'after' })
      .lean<StoredBatch>()
      .exec();
  const open = ({ _id, jobId }: Pick<Batch, '_id' | 'jobId'>) => ({ _id, jobId, status: 'processing' });
  const having = ({ imageId, state }: BatchItem) => ({ items: { $elemMatch: { imageId, state } } });

  return {
    /** A picture's mesh is being made. */
    start: (batch: Batch, item: BatchItem, at: Date) =>
      change(
        { ...open(batch), ...having(item) },
        {
          $set: { 'items.$.state': 'running', startedAt: batch.startedAt ?? at, updatedAt: at },
          $inc: { revision: 1 },
        },
      ),

    /** A picture's mesh has ended; tells how far the batch is. @returns null when the batch has moved on meanwhile. */
    settle(batch: Batch, item: BatchItem, end: ItemEnd, error: BatchItem['error'], at: Date) {
      const after = { ...batch, [end]: batch[end] + 1 };
      const progressed = batchProgressed({ ...batchFacts(after), progress: progressOf(after) });
      return change(
        { ...open(batch), ...having(item), revision: batch.revision },
        {
          $set: { 'items.$.state': end, 'items.$.error': error, updatedAt: at },
          $inc: { revision: 1, [end]: 1 },
          ...storing(outboxEvent(batch._id, batch.revision + 1, progressed, at)),
        },
      );
    },

    /** Ends a batch as its counters are: all of its pictures are through. */
    finish: (
      batch: Batch,
      { status, endedBy, error = null, at }: { status: BatchStatus; endedBy: string; error?: Batch['error']; at: Date },
    ) =>
      change(
        { ...open(batch), revision: batch.revision },
        { $set: { status, endedBy, error, finishedAt: at, updatedAt: at }, $inc: { revision: 1 } },
      ),

    /** Notes that somebody does not want it any more. @returns null when it has ended. */
    requestCancel: (batch: Batch, at: Date) =>
      change(open(batch), {
        $set: { cancelRequestedAt: batch.cancelRequestedAt ?? at, updatedAt: at },
        $inc: { revision: 1 },
      }),

    /** Its pictures are kept for so long. */
    async held({ _id }: Pick<Batch, '_id'>, heldUntil: Date): Promise<void> {
      await model.updateOne({ _id } as QueryFilter<Batch>, { $set: { heldUntil } } as UpdateQuery<Batch>);
    },
  };
}
