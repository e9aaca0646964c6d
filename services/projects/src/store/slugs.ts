import { isDuplicateKey } from '@millrace/jobs';
import type { Connection } from 'mongoose';

/** Collection `project_slugs`: who has an id there has the slug. */
export function slugsIn(database: Connection) {
  const rows = () => database.collection<{ _id: string; projectId: string }>('project_slugs');
  return {
    /** Takes the first of the slugs that nobody has; again answers with the same. @returns undefined when all are taken. */
    async reserve(projectId: string, candidates: readonly string[]): Promise<string | undefined> {
      const held = await rows().findOne({ projectId });
      if (held) return held._id;
      for (const slug of candidates) if (await take(slug)) return slug;
      return undefined;

      async function take(slug: string): Promise<boolean> {
        try {
          await rows().insertOne({ _id: slug, projectId });
          return true;
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
          return (await rows().findOne({ _id: slug }))?.projectId === projectId;
        }
      }
    },

    async release(projectId: string): Promise<void> {
      await rows().deleteMany({ projectId });
    },

    async of(projectId: string): Promise<string | undefined> {
      return (await rows().findOne({ projectId }))?._id;
    },

    async createIndexes(): Promise<void> {
      await rows().createIndexes([{ key: { projectId: 1 }, name: 'project' }]);
    },
  };
}
