const OUTAGE_NAMES =
  /^Mongo(Network|ServerSelection|NotConnected|TopologyClosed|PoolCleared|PoolClosed|WaitQueueTimeout|OperationTimeout)/;
const UNKNOWN_LABELS = ['RetryableWriteError', 'UnknownTransactionCommitResult'];
/** Shutting down, stepping down, no primary, interrupted: the server's own words for "not now". */
const OUTAGE_CODES = new Set([6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

/** Write conflict, time limit, lock timeout. */
const LOCK_CODES = new Set([24, 50, 112]);

/** Whether a write met a record that another transaction holds. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && LOCK_CODES.has(error.code);
}

/** Whether the database or the event bus says "not now". What a bus that is away throws has the code `events-unavailable`. */
export const isNotNow = (error: unknown): boolean =>
  isOutage(error) || (error instanceof Error && 'code' in error && error.code === 'events-unavailable');

/** Whether a database error says "not now" (try again) rather than "not this" (never will). */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (OUTAGE_NAMES.test(error.name)) return true;
  if ('code' in error && typeof error.code === 'number' && OUTAGE_CODES.has(error.code)) return true;
  if ('hasErrorLabel' in error && typeof error.hasErrorLabel === 'function') {
    const { hasErrorLabel } = error;
    if (UNKNOWN_LABELS.some((label) => hasErrorLabel.call(error, label))) return true;
  }
  // What a bulk write has met on its way stands in its error as the response.
  const inner = error.cause ?? ('errorResponse' in error ? error.errorResponse : undefined);
  return inner !== undefined && inner !== error && isOutage(inner);
}
