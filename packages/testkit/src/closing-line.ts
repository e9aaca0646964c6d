/** How a test run ended. A file that could not be loaded counts as one failed test. */
export type Counts = { passed: number; failed: number; skipped: number };

/** `N passed, N failed`, and `, N skipped` when there are any. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
