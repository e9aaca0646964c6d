import { insertFresh } from '@millrace/jobs';
import type { Model } from 'mongoose';

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
