import type { OutboxFields } from '@millrace/events';
import { modelOf } from '@millrace/service/model';
import type { ClientSession, Connection, Model } from 'mongoose';
import { type Mesh, type MeshStatus, type MeshWish, newMesh, openStatuses } from '../domain/mesh.ts';

/** A mesh with the facts about it that no job tells. */
export type StoredMesh = Mesh & OutboxFields;

/** Writes down, in the same transaction, the command that the row asks for. */
export type CommandWith = (mesh: Mesh, session: ClientSession) => Promise<unknown>;

export type Meshes = ReturnType<typeof meshesIn>;

export const meshModel = (database: Connection): Model<Mesh> =>
  modelOf<Mesh>(database, 'meshes', [
    [{ ownerId: 1, createdAt: -1, _id: -1 }],
    [{ createdAt: -1, _id: -1 }],
    [{ status: 1, createdAt: 1, _id: 1 }],
    [
      { 'source.projectId': 1, createdAt: -1 },
      { partialFilterExpression: { 'source.projectId': { $type: 'string' } } },
    ],
    [{ batchId: 1 }, { partialFilterExpression: { batchId: { $type: 'string' } } }],
    [{ makingKey: 1, imageSha256: 1 }, { partialFilterExpression: { makingKey: { $type: 'string' } } }],
    [{ status: 1, finishedAt: -1 }],
    [{ outboxAt: 1 }, { partialFilterExpression: { outboxAt: { $exists: true } } }],
  ]);

type ListOptions = {
  readonly ownerId: string | undefined;
  readonly status: MeshStatus | undefined;
  readonly after: Record<string, unknown>;
  readonly limit: number;
};

/** Meshes as people see them; what happens to them while they are made is in `mesh-runs.ts`. */
export function meshesIn(database: Connection) {
  const model = meshModel(database);
  return {
    /** Writes the mesh and its command in one transaction: both are there or neither. The same id again returns the first. */
    async create(wish: MeshWish, command: CommandWith, at = new Date()): Promise<Mesh> {
      const mesh = newMesh(wish, at);
      return database.transaction(async (session) => {
        const earlier = await model.findById(mesh._id, null, { session }).lean<Mesh>().exec();
        if (earlier) return earlier;
        await model.collection.insertOne({ ...mesh } as never, { session });
        await command(mesh, session);
        return mesh;
      });
    },

    find: (id: string): Promise<StoredMesh | null> => model.findById(id).lean<StoredMesh>().exec(),

    /** In no particular order; what is missing is left out. */
    findAll: (ids: readonly string[]): Promise<Mesh[]> =>
      model
        .find({ _id: { $in: [...ids] } } as never)
        .lean<Mesh[]>()
        .exec(),

    /** Meshes of a person or a project: those that have not ended, and those of after a time, without the ones in `except`. */
    async countOf(
      whose: { ownerId: string } | { 'source.projectId': string },
      { since, except }: { since: Date; except: readonly string[] },
    ) {
      const others = { ...whose, _id: { $nin: [...except] } };
      const [open, today] = await Promise.all([
        model.countDocuments({ ...others, status: { $in: [...openStatuses] } } as never),
        model.countDocuments({ ...others, createdAt: { $gte: since } } as never),
      ]);
      return { open, today };
    },

    /** Newest first. @param ownerId undefined lists everybody's. @param after further conditions, for paging. */
    list: ({ ownerId, status, after, limit }: ListOptions): Promise<Mesh[]> =>
      model
        .find({ $and: [ownerId === undefined ? {} : { ownerId }, status ? { status } : {}, after] } as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .lean<Mesh[]>()
        .exec(),

    /** Those of these meshes that have gone beyond the revision beside their id. */
    changedBeyond: (known: ReadonlyMap<string, number>): Promise<Mesh[]> =>
      model
        .find({ $or: [...known].map(([_id, revision]) => ({ _id, revision: { $gt: revision } })) } as never)
        .lean<Mesh[]>()
        .exec(),

    /** Failed ones that ended before then and have left something, the oldest first. */
    uncleaned: (endedBefore: Date, limit: number): Promise<Mesh[]> =>
      model
        .find({ status: 'failed', cleanedUpAt: null, finishedAt: { $lt: endedBefore } } as never)
        .sort({ createdAt: 1, _id: 1 })
        .limit(limit)
        .lean<Mesh[]>()
        .exec(),

    /** The version of the engine that has made the last one. */
    async lastEngineVersion(): Promise<string | null> {
      const last = await model
        .findOne({ status: 'completed', makingKey: { $type: 'string' } } as never)
        .sort({ finishedAt: -1 })
        .lean<Mesh>()
        .exec();
      return last?.engineVersion ?? null;
    },

    /** Whether any mesh was made so, of whatever picture. */
    madeLike: async (makingKey: string): Promise<boolean> => (await model.exists({ makingKey } as never)) !== null,

    /** One that was made so, of this picture. */
    equal: (wanted: { makingKey: string; imageSha256: string }): Promise<Mesh | null> =>
      model
        .findOne({ ...wanted, status: 'completed' } as never)
        .lean<Mesh>()
        .exec(),

    /** How many were asked for earlier and wait as well. */
    queuedBefore: ({ createdAt }: Pick<Mesh, 'createdAt'>): Promise<number> =>
      model.countDocuments({ status: 'queued', createdAt: { $lt: createdAt } } as never),
  };
}
