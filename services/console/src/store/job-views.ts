import type { Connection } from 'mongoose';
import { v5 as uuidv5 } from 'uuid';

/** A filter of the job list that somebody has given a name. */
export type JobView = {
  /** Derived from person and name, so that there is one of each name however often it is saved. */
  readonly _id: string;
  readonly sub: string;
  readonly name: string;
  readonly filter: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type JobViews = ReturnType<typeof createJobViews>;

type NamedFilter = Pick<JobView, 'sub' | 'name' | 'filter'>;

/** Collection `jobviews`: what people have kept for themselves. */
export function createJobViews(database: Connection) {
  const rows = () => database.collection<JobView>('jobviews');
  return {
    /** By their names. */
    of: (sub: string): Promise<JobView[]> => rows().find({ sub }).sort({ name: 1 }).toArray(),
    /** In the place of what had that name. */
    async save({ sub, name, filter }: NamedFilter): Promise<JobView> {
      const now = new Date();
      const change = { $set: { sub, name, filter, updatedAt: now }, $setOnInsert: { createdAt: now } };
      const options = { upsert: true, returnDocument: 'after' } as const;
      return (await rows().findOneAndUpdate({ _id: idOf(sub, name) }, change, options)) as JobView;
    },
    /** Whether there was one. */
    async delete(sub: string, name: string): Promise<boolean> {
      const { deletedCount } = await rows().deleteOne({ _id: idOf(sub, name) });
      return deletedCount === 1;
    },
    async createIndexes(): Promise<void> {
      await rows().createIndexes([{ key: { sub: 1, name: 1 }, name: 'by_person' }]);
    },
  };
}

const namespace = '2e3c0d5c-5b0e-5f7e-9c39-6d1f6b2f7a10';

const idOf = (sub: string, name: string): string => uuidv5(JSON.stringify([sub, name]), namespace);
