const DUPLICATE_KEY = 11_000;

/** Whether the database has refused an insert because its key is there already. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === DUPLICATE_KEY;
}
