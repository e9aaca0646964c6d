import { insertFresh } from '@millrace/jobs';
import { modelOf } from '@millrace/service/model';
import type { Connection, Model, mongo } from 'mongoose';
import type { Candidate } from '../domain/preferred-edition.ts';
import { type LockableField, type Release, type ReleaseChange, type Removal, toldBy } from '../domain/release.ts';

type ListOptions = { filter: Record<string, unknown>; sort: Record<string, 1 | -1>; limit: number };

const withoutPayload = { 'source.payload': 0 } as const;

/** The releases of albums. Their ids are derived from album and MusicBrainz id, so each can be there only once. */
export const releasesIn = (database: Connection) => ({ ...shownIn(database), ...metIn(database) });

const releaseModel = (database: Connection): Model<Release> =>
  modelOf<Release>(database, 'releases', [[{ albumId: 1, sortDate: 1, _id: 1 }], [{ albumId: 1, seenIn: 1 }]]);

/** Releases as people see and change them. */
function shownIn(database: Connection) {
  const model = releaseModel(database);
  return {
    /** With the provider's payload. */
    find: (albumId: string, id: string): Promise<Release | null> =>
      model
        .findOne({ _id: id, albumId } as never)
        .lean<Release>()
        .exec(),

    list: (albumId: string, { filter, sort, limit }: ListOptions): Promise<Release[]> =>
      model
        .find({ $and: [{ albumId }, filter] } as never, withoutPayload)
        .sort(sort)
        .limit(limit)
        .lean<Release[]>()
        .exec(),

    /** All that are shown, as far as choosing between them needs. */
    candidates: (albumId: string): Promise<Candidate[]> =>
      model
        .find({ albumId, removed: null } as never, {
          musicbrainzId: 1,
          title: 1,
          status: 1,
          date: 1,
          country: 1,
          countries: 1,
          format: 1,
          coverArt: 1,
        })
        .lean<Candidate[]>()
        .exec(),

    /**
     * What a person sets and locks. Unlocked fields are the provider's again with the next import.
     * @returns null when there is no such release at that revision.
     */
    async edit(
      { _id, revision, provenance }: Release,
      fields: Partial<Release>,
      { lockedFields, by }: { lockedFields: readonly LockableField[]; by: string },
    ): Promise<Release | null> {
      const at = new Date();
      const told = toldBy(
        Object.keys(fields).filter((field) => field !== 'sortDate'),
        { provider: `user:${by}`, fetchedAt: at },
      );
      return model
        .findOneAndUpdate(
          { _id, revision } as never,
          {
            $set: {
              ...fields,
              lockedFields,
              provenance: { ...provenance, ...told },
              contentHash: '',
              updatedAt: at,
            },
            $inc: { revision: 1 },
          } as never,
          { returnDocument: 'after' },
        )
        .lean<Release>()
        .exec();
    },

    /** Says which entry of Discogs it is. @param by who says so. */
    async link(id: string, discogsId: string, by: string): Promise<void> {
      const at = new Date();
      const provenance = { 'provenance.discogsId': { provider: by, fetchedAt: at } };
      await model.updateOne(
        { _id: id, discogsId: { $ne: discogsId } } as never,
        { $set: { discogsId, ...provenance, updatedAt: at }, $inc: { revision: 1 } } as never,
      );
    },

    async removeAll(albumId: string): Promise<void> {
      await model.deleteMany({ albumId } as never);
    },
  };
}

/** Releases as imports meet them. */
function metIn(database: Connection) {
  const model = releaseModel(database);
  return {
    async byIds(ids: readonly string[]): Promise<Map<string, Release>> {
      const rows = await model
        .find({ _id: { $in: [...ids] } } as never)
        .lean<Release[]>()
        .exec();
      return new Map(rows.map((row) => [row._id, row]));
    },

    /**
     * Writes what became of the releases of one page, each on its own. @returns those that somebody else changed or made meanwhile;
     * they are to be read and decided again.
     */
    async write(changes: readonly ReleaseChange[]): Promise<ReleaseChange[]> {
      if (changes.length === 0) return [];
      await insertOrSkip(model.collection as never, changes.map(writeOf));
      const rows = await this.byIds(changes.map(({ release }) => release._id));
      return changes.filter(({ release }) => !isWritten(release, rows.get(release._id)));
    },

    /** Releases that are still shown, and that a walk over all of the provider's pages has not met. */
    vanished: (albumId: string, passId: string): Promise<Release[]> =>
      model
        .find({ albumId, seenIn: { $ne: passId }, removed: null } as never, withoutPayload)
        .sort({ _id: 1 })
        .lean<Release[]>()
        .exec(),

    /** Marks releases as met without looking into them. */
    async seen(ids: readonly string[], passId: string): Promise<void> {
      if (ids.length === 0) return;
      await model.updateMany({ _id: { $in: [...ids] } } as never, { $set: { seenIn: passId, seenAt: new Date() } });
    },

    /** Takes a release out of sight; it is kept, with the reason. */
    async takeOut({ _id, revision }: Release, removed: Removal): Promise<void> {
      await model.updateOne(
        { _id, revision, removed: null } as never,
        { $set: { removed, updatedAt: removed.at }, $inc: { revision: 1 } } as never,
      );
    },

    /** The surviving release answers to the old id, too. */
    async alias(id: string, oldId: string): Promise<void> {
      await model.updateOne({ _id: id }, { $addToSet: { aliases: oldId } } as never);
    },

    /** Releases that have no counterpart at Discogs, in the order of their ids. @param after an id; empty for the first. */
    unlinked: (albumId: string, after: string, limit: number): Promise<Release[]> =>
      model
        .find({ albumId, removed: null, discogsId: null, _id: { $gt: after } } as never, withoutPayload)
        .sort({ _id: 1 })
        .limit(limit)
        .lean<Release[]>()
        .exec(),

    /** The entries at Discogs that releases of an album are linked to. */
    linkedTo: async (albumId: string): Promise<string[]> =>
      (await model.distinct('discogsId', { albumId, removed: null, discogsId: { $ne: null } } as never)) as string[],

    /** What an import has done: read from the rows, so that a rerun counts nothing twice. */
    async countsOf(albumId: string, { importId, passId }: { importId: string; passId: string }) {
      const count = (filter: object) => model.countDocuments({ albumId, ...filter } as never).exec();
      const [created, changed, skipped, seen, removed, shown] = await Promise.all([
        count({ createdIn: importId }),
        count({ changedIn: importId }),
        count({ skippedIn: importId }),
        count({ seenIn: passId }),
        count({ 'removed.importId': importId }),
        count({ removed: null }),
      ]);
      return { created, updated: changed - created, skipped, seen, removed, shown };
    },
  };
}

type Write = mongo.AnyBulkWriteOperation<{ _id: string }>;

function writeOf({ kind, release }: ReleaseChange): Write {
  const { _id, revision, seenIn, seenAt } = release;
  if (kind === 'create') return { insertOne: { document: release as never } };
  if (kind === 'unchanged') return { updateOne: { filter: { _id }, update: { $set: { seenIn, seenAt } } } };
  const { _id: _, ...fields } = release;
  return { updateOne: { filter: { _id, revision: revision - 1 } as never, update: { $set: fields } as never } };
}

/** A row that is there already was made by another run of the same import, or by the same one before it died. */
async function insertOrSkip(collection: mongo.Collection<{ _id: string }>, writes: Write[]): Promise<void> {
  await insertFresh(writes, (all) => collection.bulkWrite(all, { ordered: false }));
}

const isWritten = (wanted: Release, found: Release | undefined): boolean =>
  found?.seenIn === wanted.seenIn && found.contentHash === wanted.contentHash;
