import { isDuplicateKey } from './duplicate-key.ts';

/** Inserts what is not there yet. @returns per row whether it was. Two with one id in a batch: the first wins. */
export async function insertFresh<Row>(
  rows: readonly Row[],
  insert: (rows: Row[]) => Promise<unknown>,
): Promise<boolean[]> {
  try {
    await insert([...rows]);
    return rows.map(() => true);
  } catch (error) {
    const refused = duplicateIndexes(error);
    if (!refused) throw error;
    return rows.map((_, index) => !refused.has(index));
  }
}

function duplicateIndexes(error: unknown): Set<number> | undefined {
  if (!(error instanceof Error) || !('writeErrors' in error)) return undefined;
  const errors = [error.writeErrors].flat() as { code: number; index: number }[];
  // The driver wraps a broken connection in the same error, with an empty list: nothing is known of any row then.
  if (errors.length === 0) return undefined;
  return errors.every((item) => isDuplicateKey(Object.assign(new Error(), { code: item.code })))
    ? new Set(errors.map(({ index }) => index))
    : undefined;
}

/** For a catch behind an insert of what may be there already. */
export function ignoreDuplicates(error: unknown): void {
  if (!duplicateIndexes(error)) throw error;
}
