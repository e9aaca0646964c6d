import { insertFresh } from '@millrace/jobs';
import { type Connection, type IndexDefinition, type IndexOptions, type Model, Schema } from 'mongoose';

export type Index = readonly [keys: IndexDefinition, options?: IndexOptions];

/**
 * The model of a collection. Its rows are checked at the doors by zod and typed by `Row`, so the schema only states
 * what the database must know: string ids and indexes. Indexes are built by whoever connects, not here.
 */
export function modelOf<Row extends { readonly _id: string }>(
  database: Connection,
  collection: string,
  indexes: readonly Index[] = [],
): Model<Row> {
  const existing = database.models[collection];
  if (existing) return existing as unknown as Model<Row>;
  const schema = new Schema(
    { _id: String },
    { strict: false, versionKey: false, minimize: false, autoIndex: false, autoCreate: false },
  );
  for (const [keys, options] of indexes) schema.index(keys, options);
  return database.model(collection, schema, collection) as unknown as Model<Row>;
}

const duplicateKeyCode = 11_000;

/** Whether a write failed because its `_id`, or another unique key, is taken. */
export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === duplicateKeyCode;

/**
 * Inserts rows in one command, in any order. Rows whose id is there already are left alone, which is what makes a rerun safe:
 * ids are derived, so the row that is there is the same one.
 * @returns for each row whether it is new. @throws what the database says of any other failure.
 */
export async function insertMissing<Row extends { readonly _id: string }>(
  { collection }: Pick<Model<Row>, 'collection'>,
  rows: readonly Row[],
): Promise<boolean[]> {
  if (rows.length === 0) return [];
  return insertFresh(rows, (all) => collection.insertMany(all as never, { ordered: false }));
}
