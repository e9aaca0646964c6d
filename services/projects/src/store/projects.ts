import type { Connection } from 'mongoose';
import { newProject, type Project } from '../domain/project.ts';

export type Projects = ReturnType<typeof projectsIn>;

type ListOptions = {
  readonly ownerId: string | undefined;
  readonly after: Record<string, unknown>;
  readonly limit: number;
};

/** Collection `projects`. */
export function projectsIn(database: Connection) {
  const rows = () => database.collection<Project>('projects');
  return {
    /** Inserts a project, or returns the one that has this id already. */
    async create(given: Parameters<typeof newProject>[0]): Promise<Project> {
      const project = newProject(given);
      await rows().updateOne({ _id: project._id }, { $setOnInsert: withoutId(project) }, { upsert: true });
      return (await this.find(project._id)) ?? project;
    },

    find: (id: string): Promise<Project | null> => rows().findOne({ _id: id }),

    /** Newest first. @param ownerId undefined lists everybody's. @param after further conditions, for paging. */
    list: ({ ownerId, after, limit }: ListOptions): Promise<Project[]> =>
      rows()
        .find({ $and: [ownerId === undefined ? {} : { ownerId }, after] })
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .toArray(),

    async createIndexes(): Promise<void> {
      await rows().createIndexes([
        { key: { ownerId: 1, createdAt: -1, _id: -1 }, name: 'own' },
        { key: { createdAt: -1, _id: -1 }, name: 'newest' },
      ]);
    },
  };
}

const withoutId = ({ _id, ...rest }: Project) => rest;
