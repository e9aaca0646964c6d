import { modelOf } from '@millrace/service/model';
import type { Connection } from 'mongoose';
import type { AlbumImport, FailedRelease } from '../domain/album-import.ts';

type Begin = Pick<AlbumImport, '_id' | 'albumId' | 'jobId' | 'occasion' | 'requestedBy'>;

/** What was imported when, and what came of it. */
export function albumImportsIn(database: Connection) {
  const model = modelOf<AlbumImport>(database, 'album_imports', [[{ albumId: 1, createdAt: -1, _id: -1 }]]);
  const set = (id: string, fields: Partial<AlbumImport>): Promise<AlbumImport | null> =>
    model
      .findByIdAndUpdate(id, { $set: { ...fields, updatedAt: new Date() }, $inc: { revision: 1 } } as never, {
        returnDocument: 'after',
      })
      .lean<AlbumImport>()
      .exec();

  return {
    /** Begins an import, or goes on with it. */
    async begin({ _id, ...given }: Begin): Promise<AlbumImport> {
      const at = new Date();
      const fresh = { pass: 1, received: 0, total: null, failed: [], result: null, createdAt: at };
      const begun = await model
        .findOneAndUpdate(
          { _id },
          {
            $setOnInsert: fresh,
            $set: { ...given, state: 'running', failure: null, endedAt: null, updatedAt: at },
            $inc: { revision: 1 },
          } as never,
          { upsert: true, returnDocument: 'after' },
        )
        .lean<AlbumImport>()
        .exec();
      if (!begun) throw new Error(`import ${_id} was not stored`);
      return begun;
    },

    /** A page has arrived; what could not be read of it is kept once, however often the page comes. */
    async progress(
      { _id, failed }: AlbumImport,
      page: { received: number; total: number; failed: readonly FailedRelease[] },
    ): Promise<AlbumImport> {
      const known = new Set(failed.map(({ musicbrainzId, reason }) => `${musicbrainzId} ${reason}`));
      const added = page.failed.filter(({ musicbrainzId, reason }) => !known.has(`${musicbrainzId} ${reason}`));
      const { received, total } = page;
      const stored = await set(_id, { received, total, failed: [...failed, ...added] });
      if (!stored) throw new Error(`import ${_id} is gone`);
      return stored;
    },

    /** The pages have changed while they were walked: from the beginning once more. */
    async again({ _id, pass }: AlbumImport): Promise<AlbumImport> {
      const stored = await set(_id, { pass: pass + 1, received: 0, failed: [] });
      if (!stored) throw new Error(`import ${_id} is gone`);
      return stored;
    },

    /** Keeps the end of an import. One that has ended already keeps its first end. */
    async end(id: string, end: Pick<AlbumImport, 'state'> & Partial<Pick<AlbumImport, 'result' | 'failure'>>) {
      await model.updateOne(
        { _id: id, state: 'running' } as never,
        { $set: { ...end, endedAt: new Date(), updatedAt: new Date() }, $inc: { revision: 1 } } as never,
      );
    },

    /** Newest first. */
    list: (
      albumId: string,
      { after, limit }: { after: Record<string, unknown>; limit: number },
    ): Promise<AlbumImport[]> =>
      model
        .find({ $and: [{ albumId }, after] } as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .lean<AlbumImport[]>()
        .exec(),

    countCompleted: (): Promise<number> => model.countDocuments({ state: 'completed' } as never).exec(),

    async removeAll(albumId: string): Promise<void> {
      await model.deleteMany({ albumId } as never);
    },
  };
}
