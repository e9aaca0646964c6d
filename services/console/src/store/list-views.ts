import type { Connection } from 'mongoose';
import { v5 as uuidv5 } from 'uuid';
import type { ListName } from '../domain/list-name.ts';

/** A filter of a list that somebody has given a name. */
export type ListView = {
  /** Derived from person, list and name, so that there is one of each name however often it is saved. */
  readonly _id: string;
  readonly sub: string;
  readonly list: ListName;
  readonly name: string;
  readonly filter: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type ListViews = ReturnType<typeof createListViews>;

type Shelf = Pick<ListView, 'sub' | 'list'>;

/** Collection `listviews`: what people have kept for themselves. */
export function createListViews(database: Connection) {
  const rows = () => database.collection<ListView>('listviews');
  return {
    /** By their names. */
    of: ({ sub, list }: Shelf): Promise<ListView[]> => rows().find({ sub, list }).sort({ name: 1 }).toArray(),
    /** In the place of what had that name. */
    async save({ sub, list, name, filter }: Shelf & Pick<ListView, 'name' | 'filter'>): Promise<ListView> {
      const now = new Date();
      const change = { $set: { sub, list, name, filter, updatedAt: now }, $setOnInsert: { createdAt: now } };
      const options = { upsert: true, returnDocument: 'after' } as const;
      return (await rows().findOneAndUpdate({ _id: idOf({ sub, list }, name) }, change, options)) as ListView;
    },
    /** Whether there was one. */
    async delete(shelf: Shelf, name: string): Promise<boolean> {
      const { deletedCount } = await rows().deleteOne({ _id: idOf(shelf, name) });
      return deletedCount === 1;
    },
    async createIndexes(): Promise<void> {
      await rows().createIndexes([{ key: { sub: 1, list: 1, name: 1 }, name: 'by_person' }]);
    },
  };
}

const namespace = '2e3c0d5c-5b0e-5f7e-9c39-6d1f6b2f7a10';

const idOf = ({ sub, list }: Shelf, name: string): string => uuidv5(JSON.stringify([sub, list, name]), namespace);
