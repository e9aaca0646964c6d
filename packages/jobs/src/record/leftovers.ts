import type { Collections } from './collections.ts';

/** Deletes what belongs to jobs beside their records, before the records go: receipts kept apart and logs. May be repeated. */
export async function deleteLeftovers({ steps, logs }: Collections, jobIds: readonly string[]): Promise<void> {
  const those = { jobId: { $in: [...jobIds] } };
  await Promise.all([steps.deleteMany(those), logs.deleteMany(those)]);
}
