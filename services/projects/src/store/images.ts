import { isDuplicateKey } from '@millrace/jobs';
import type { Connection } from 'mongoose';
import type { ProjectImage, Reference } from '../domain/image.ts';

export type Images = ReturnType<typeof imagesIn>;

type ListOptions = { readonly projectId: string; readonly after: Record<string, unknown>; readonly limit: number };

/** Collection `images`: a row stands for a file that is in the store. */
export function imagesIn(database: Connection) {
  const rows = () => database.collection<ProjectImage>('images');
  return {
    /** False when the image is there already. */
    async add(image: ProjectImage): Promise<boolean> {
      try {
        await rows().insertOne(image);
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },

    find: (projectId: string, id: string): Promise<ProjectImage | null> => rows().findOne({ _id: id, projectId }),

    /** In the order of the ids; what is missing is left out. */
    async findAll(projectId: string, ids: readonly string[]): Promise<ProjectImage[]> {
      const found = await rows()
        .find({ _id: { $in: [...ids] }, projectId })
        .toArray();
      const byId = new Map(found.map((image) => [image._id, image]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    },

    /** Newest first. @param after further conditions, for paging. */
    list: ({ projectId, after, limit }: ListOptions): Promise<ProjectImage[]> =>
      rows()
        .find({ $and: [{ projectId }, after] })
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .toArray(),

    /** Notes, or renews, that somebody needs these images. */
    async hold(projectId: string, ids: readonly string[], { holder, until }: Reference): Promise<void> {
      await rows().bulkWrite(
        ids.flatMap((id) => [
          {
            updateOne: {
              filter: { _id: id, projectId, 'references.holder': holder },
              update: { $set: { 'references.$.until': until } },
            },
          },
          {
            updateOne: {
              filter: { _id: id, projectId, 'references.holder': { $ne: holder } },
              update: { $push: { references: { holder, until } } },
            },
          },
        ]),
      );
    },

    async release(projectId: string, holder: string): Promise<void> {
      await rows().updateMany({ projectId, 'references.holder': holder }, { $pull: { references: { holder } } });
    },

    /** Removes an image that nobody needs, in one step with looking. Null when it is needed or not there. */
    remove: (projectId: string, id: string): Promise<ProjectImage | null> =>
      rows().findOneAndDelete({
        _id: id,
        projectId,
        $nor: [{ references: { $elemMatch: { until: { $gt: new Date() } } } }],
      }),

    /** Those of the files that an image stands for. */
    async keysInUse(keys: readonly string[]): Promise<Set<string>> {
      const found = await rows()
        .find({ key: { $in: [...keys] } })
        .project<{ key: string }>({ key: 1 })
        .toArray();
      return new Set(found.map(({ key }) => key));
    },

    async createIndexes(): Promise<void> {
      await rows().createIndexes([
        { key: { projectId: 1, createdAt: -1, _id: -1 }, name: 'newest' },
        { key: { projectId: 1, 'references.holder': 1 }, name: 'held' },
        { key: { key: 1 }, name: 'files' },
      ]);
    },
  };
}
