import type { Asked, Cluster } from './cluster.ts';

/** Puts a row into copies that no template has: their seedings find it when they verify, and fail until it is gone. */
export async function plantStray(cluster: Cluster, asked: readonly Asked[]): Promise<void> {
  const rows = asked.map(({ campaignId, jobId }) => ({
    _id: `stray of ${jobId}`,
    campaignId,
    seedingId: jobId,
    sourceId: 'stray',
    category: 'Stray',
    name: 'Stray',
    prerequisiteId: null,
  }));
  await cluster.rows('schticks').insertMany(rows);
}
