import type { Asked, Cluster } from './cluster.ts';

const kinds = ['schticks', 'weapons', 'characters', 'factions', 'junctures', 'asset_refs'];

/** Of a seeding that was given up: the campaign says so and why, and no row of it is there. */
export async function expectNothingLeft(
  cluster: Cluster,
  asked: readonly Asked[],
  { code, jobState }: { code: string; jobState: 'failed' | 'cancelled' },
): Promise<void> {
  const nothing = { status: 'failed', code, isCleanedUp: true, uncleanSeedingIds: [], rows: 0, jobState };
  expect(await Promise.all(asked.map((one) => foundOf(cluster, one)))).toEqual(asked.map(() => nothing));
}

async function foundOf(cluster: Cluster, { campaignId, jobId }: Asked) {
  const campaign = await cluster.rows('campaigns').findOne({ _id: campaignId });
  const job = await cluster.rows('jobs').findOne({ _id: jobId });
  const rows = await Promise.all(kinds.map((kind) => cluster.rows(kind).countDocuments({ campaignId })));
  return {
    status: campaign?.['status'],
    code: campaign?.['failure']?.code,
    isCleanedUp: campaign?.['cleanedUpAt'] instanceof Date,
    uncleanSeedingIds: campaign?.['uncleanSeedingIds'],
    rows: rows.reduce((sum, count) => sum + count, 0),
    jobState: job?.['state'],
  };
}
