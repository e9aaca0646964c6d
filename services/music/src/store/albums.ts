import { isDuplicateKey } from '@millrace/jobs';
import { modelOf } from '@millrace/service/model';
import type { ClientSession, Connection, Model } from 'mongoose';
import { type Album, type Failure, newAlbum } from '../domain/album.ts';

export type Albums = ReturnType<typeof albumsIn>;

/** Writes down, in the same transaction, the job that an album asks for; again the same, it is that job. */
type CommandWith<Job> = (album: Album, session: ClientSession) => Promise<Job>;

type ListOptions = { filter?: Record<string, unknown>; after?: Record<string, unknown>; limit: number };

/** What an import leaves in its album when it has come to its end. */
type Imported = Pick<
  Album,
  'musicbrainzReleaseGroupId' | 'releaseGroupAliases' | 'releaseCount' | 'preferredEdition' | 'cover' | 'refreshAt'
>;

export const albumsIn = (database: Connection) => ({ ...ownedIn(database), ...importedIn(database) });

const albumModel = (database: Connection): Model<Album> =>
  modelOf<Album>(database, 'albums', [
    [{ ownerId: 1, createdAt: -1, _id: -1 }],
    [{ createdAt: -1, _id: -1 }],
    [{ updatedAt: 1, _id: 1 }],
    [{ refreshAt: 1 }],
    [{ ownerId: 1, musicbrainzReleaseGroupId: 1 }],
    [{ batchId: 1, importStatus: 1 }, { partialFilterExpression: { batchId: { $exists: true } } }],
  ]);

/** Changes an album that fits the filter. @returns null when there is none. */
function changeAlbum(
  database: Connection,
  id: string,
  filter: Record<string, unknown>,
  fields: Partial<Album>,
): Promise<Album | null> {
  return albumModel(database)
    .findOneAndUpdate(
      { ...filter, _id: id } as never,
      { $set: { ...fields, updatedAt: new Date() }, $inc: { revision: 1 } } as never,
      { returnDocument: 'after' },
    )
    .lean<Album>()
    .exec();
}

/** Albums as people see and change them. */
function ownedIn(database: Connection) {
  const model = albumModel(database);
  const find = (id: string): Promise<Album | null> => model.findById(id).lean<Album>().exec();
  return {
    find,

    /** Writes an album and its first job in one transaction: both are there or neither. The same id again returns the first. */
    async create<Job>(
      given: Parameters<typeof newAlbum>[0],
      command: CommandWith<Job>,
      at = new Date(),
    ): Promise<{ album: Album; job: Job }> {
      const fresh = newAlbum(given, at);
      const write = () =>
        database.transaction(async (session) => {
          const earlier = await model.findById(fresh._id, null, { session }).lean<Album>().exec();
          if (!earlier) await model.collection.insertOne({ ...fresh } as never, { session });
          const album = earlier ?? fresh;
          return { album, job: await command(album, session) };
        });
      return write().catch((error: unknown) => {
        // Somebody has written it in the same moment: it is found now.
        if (isDuplicateKey(error)) return write();
        throw error;
      });
    },

    /** Newest first. @param filter undefined fields are left out. @param after further conditions, for paging. */
    list: ({ filter = {}, after = {}, limit }: ListOptions): Promise<Album[]> =>
      model
        .find({ $and: [filter, after] } as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .lean<Album[]>()
        .exec(),

    /** Which of these release groups somebody has an album of. @param besidesBatch albums of this batch do not count. */
    async ofReleaseGroups(
      ownerId: string,
      ids: readonly string[],
      { besidesBatch }: { besidesBatch: string },
    ): Promise<ReadonlySet<string>> {
      const filter = { ownerId, musicbrainzReleaseGroupId: { $in: [...ids] }, batchId: { $ne: besidesBatch } };
      return new Set((await model.distinct('musicbrainzReleaseGroupId', filter as never)) as string[]);
    },

    /** What changed at or after a time, oldest change first. */
    changedSince: (since: Date, { filter = {}, limit }: ListOptions): Promise<Album[]> =>
      model
        .find({ ...filter, updatedAt: { $gte: since } } as never)
        .sort({ updatedAt: 1, _id: 1 })
        .limit(limit)
        .lean<Album[]>()
        .exec(),

    /** What a person changes. @param ifMatch the revision that it must be at. @returns null when there is no such album at that revision. */
    edit: (id: string, fields: Partial<Album>, ifMatch?: number): Promise<Album | null> =>
      changeAlbum(database, id, ifMatch === undefined ? {} : { revision: ifMatch }, fields),

    async remove(id: string): Promise<void> {
      await model.deleteOne({ _id: id });
    },
  };
}

/** Albums as their imports see them. */
function importedIn(database: Connection) {
  const model = albumModel(database);
  const change = (id: string, filter: Record<string, unknown>, fields: Partial<Album>) =>
    changeAlbum(database, id, filter, fields);
  return {
    /** Remembers which job imports an album. */
    async importCommanded(id: string, jobId: string): Promise<void> {
      await model.updateOne({ _id: id }, { $set: { importJobId: jobId } });
    },

    /** An import begins, or goes on after a crash. @returns null when there is no such album. */
    importBegun: (id: string, importId: string): Promise<Album | null> =>
      change(id, {}, { importStatus: 'importing', importId }),

    /** @param begun the album as it was then. @returns null when it is gone, has another release group now, or another import has begun since. */
    imported: (begun: Album, importId: string, fields: Imported): Promise<Album | null> => {
      const { _id, musicbrainzReleaseGroupId } = begun;
      const ended = { importStatus: 'imported', failure: null, importedAt: new Date() } as const;
      return change(_id, { importId, musicbrainzReleaseGroupId }, { ...fields, ...ended });
    },

    needsMatch: (id: string, importId: string, failure: Failure): Promise<Album | null> =>
      change(id, { importId }, { importStatus: 'needs-match', failure, refreshAt: null }),

    /** An import has ended without result. What was imported before stays, and says so. */
    async importAbandoned(id: string, importId: string, failure: Failure, refreshAt: Date): Promise<Album | null> {
      const ofIt = { importId: { $in: [importId, null] }, importStatus: { $in: ['pending', 'importing'] } };
      const after = { failure, refreshAt };
      return (
        (await change(id, { ...ofIt, importedAt: null }, { ...after, importStatus: 'failed' })) ??
        (await change(id, ofIt, { ...after, importStatus: 'imported' }))
      );
    },

    /** Albums that were looked at long enough ago, longest first. */
    due: (now: Date, limit: number): Promise<Album[]> =>
      model
        .find({ refreshAt: { $ne: null, $lte: now } } as never)
        .sort({ refreshAt: 1 })
        .limit(limit)
        .lean<Album[]>()
        .exec(),

    /** Puts the next look off, unless somebody else has done so. */
    async refreshCommanded({ _id, refreshAt }: Album, jobId: string, next: Date): Promise<void> {
      await model.updateOne({ _id, refreshAt } as never, { $set: { refreshAt: next, importJobId: jobId } });
    },

    /** How many albums there are of each import status. @param filter default all. */
    async countByStatus(filter: Pick<Partial<Album>, 'batchId'> = {}): Promise<Record<string, number>> {
      const groups = await model.aggregate<{ _id: string; count: number }>([
        { $match: filter },
        { $group: { _id: '$importStatus', count: { $sum: 1 } } },
      ]);
      return Object.fromEntries(groups.map(({ _id, count }) => [_id, count]));
    },
  };
}
