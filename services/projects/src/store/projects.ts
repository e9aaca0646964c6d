import type { Connection } from 'mongoose';
import { newProject, type Project } from '../domain/project.ts';

export type Projects = ReturnType<typeof projectsIn>;

type ListOptions = {
  /** Whose own, and those that they were let into; undefined for everybody's. */
  readonly sub: string | undefined;
  readonly isArchived: boolean;
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

    async find(id: string): Promise<Project | null> {
      const row = await rows().findOne({ _id: id });
      return row && whole(row);
    },

    /** Writes fields of a project, as long as nobody has written since it was read. @returns null when somebody has. */
    async change(
      { _id, revision }: Project,
      fields: Partial<Pick<Project, 'name' | 'ownerId' | 'members' | 'approval' | 'archivedAt'>>,
    ): Promise<Project | null> {
      const row = await rows().findOneAndUpdate(
        { _id, revision },
        { $set: { ...fields, updatedAt: new Date() }, $inc: { revision: 1 } },
        { returnDocument: 'after' },
      );
      return row && whole(row);
    },

    /** Those that have gone beyond the revision beside their id. */
    async changedBeyond(known: ReadonlyMap<string, number>): Promise<Project[]> {
      const beyond = [...known].map(([_id, revision]) => ({ _id, revision: { $gt: revision } }));
      return (await rows().find({ $or: beyond }).toArray()).map(whole);
    },

    /** Newest first. @param after further conditions, for paging. */
    async list({ sub, isArchived, after, limit }: ListOptions): Promise<Project[]> {
      const theirs = sub === undefined ? {} : { $or: [{ ownerId: sub }, { 'members.sub': sub }] };
      const found = await rows()
        .find({ $and: [theirs, { archivedAt: isArchived ? { $ne: null } : null }, after] })
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .toArray();
      return found.map(whole);
    },

    async createIndexes(): Promise<void> {
      await rows().createIndexes([
        { key: { ownerId: 1, createdAt: -1, _id: -1 }, name: 'own' },
        { key: { 'members.sub': 1, createdAt: -1, _id: -1 }, name: 'letInto' },
        { key: { createdAt: -1, _id: -1 }, name: 'newest' },
      ]);
    },
  };
}

const withoutId = ({ _id, ...rest }: Project) => rest;

/** One of before there were setups lacks some fields. */
const whole = (row: Project): Project => ({ ...newProject(row, row.createdAt), ...row });
