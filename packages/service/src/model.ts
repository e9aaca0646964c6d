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
