import type { Connection } from 'mongoose';
import type { Project } from '../domain/project.ts';

type Fields = Readonly<Record<string, unknown>>;
export type Change = { readonly set?: Fields; readonly push?: Fields; readonly inc?: Fields };

/** Writes to a project, each of which raises its revision. @returns the project after it, or null when the filter found none. */
export const projectWriter =
  (database: Connection) =>
  (filter: Fields, { set = {}, push, inc = {} }: Change): Promise<Project | null> =>
    database.collection<Project>('projects').findOneAndUpdate(
      filter as never,
      {
        $set: { ...set, updatedAt: new Date() },
        ...(push && { $push: push }),
        $inc: { revision: 1, ...inc },
      } as never,
      { returnDocument: 'after' },
    );
