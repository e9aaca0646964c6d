/** How a test run ended. A file that could not be loaded counts as one failed test. */
export type Counts = { passed: number; failed: number; skipped: number };

/** `N passed, N failed`, and `, N skipped` when there are any. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

export const plus = (one: Counts, other: Counts): Counts => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
});

export const minus = (one: Counts, other: Counts): Counts => ({
  passed: one.passed - other.passed,
  failed: one.failed - other.failed,
  skipped: one.skipped - other.skipped,
});
