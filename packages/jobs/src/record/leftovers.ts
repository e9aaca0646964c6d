import type { Collections } from './collections.ts';
import type { JobRecord } from './record.ts';

/** Deletes what belongs to jobs beside their records, receipts kept apart and logs, once nobody can run them again. May be repeated. */
export async function deleteLeftovers({ steps, logs }: Collections, jobIds: readonly string[]): Promise<void> {
  const those = { jobId: { $in: [...jobIds] } };
  await Promise.all([steps.deleteMany(those), logs.deleteMany(those)]);
}

/**
 * Deletes the lock rows that name jobs which are gone or never run again: as long as one may, it needs its key. Dying before
 * leaves a row that whoever wants the key takes over.
 */
export async function deleteKeys(
  { keys }: Collections,
  jobs: readonly Pick<JobRecord, '_id' | 'key'>[],
): Promise<void> {
  const held = jobs.flatMap(({ key }) => key ?? []);
  if (held.length > 0) await keys.deleteMany({ _id: { $in: held }, jobId: { $in: jobs.map(({ _id }) => _id) } });
}
