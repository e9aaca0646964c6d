import { v5 } from 'uuid';

/** Namespaces of derived ids: what an id is derived from never collides with another kind of derivation. */
const namespaces = {
  row: 'c1b0a1c4-6d0e-4f5f-9f2e-2f1d0b6a7c01',
  asset: 'c1b0a1c4-6d0e-4f5f-9f2e-2f1d0b6a7c02',
  assetReference: 'c1b0a1c4-6d0e-4f5f-9f2e-2f1d0b6a7c03',
  seeding: 'c1b0a1c4-6d0e-4f5f-9f2e-2f1d0b6a7c04',
  template: 'c1b0a1c4-6d0e-4f5f-9f2e-2f1d0b6a7c05',
  seedingJob: 'c1b0a1c4-6d0e-4f5f-9f2e-2f1d0b6a7c06',
  poolMember: 'c1b0a1c4-6d0e-4f5f-9f2e-2f1d0b6a7c07',
  deletionJob: 'c1b0a1c4-6d0e-4f5f-9f2e-2f1d0b6a7c08',
} as const;

/** The id of a copied row: a rerun of the same seeding writes the very same ids. */
export const rowIdOf = (seedingId: string, sourceId: string): string => v5(`${seedingId}:${sourceId}`, namespaces.row);

/** The same bytes, or the same file of a template, are the same asset. @param key a SHA-256 in hex, or a file path. */
export const assetIdOf = (key: string): string => v5(key, namespaces.asset);

export const referenceIdOf = (ownerId: string, assetId: string): string =>
  v5(`${ownerId}:${assetId}`, namespaces.assetReference);

/** A seeding's own id: the root of its job, unless rows of that id were given up before. */
export const seedingIdOf = (rootId: string, usedIds: readonly string[]): string =>
  usedIds.includes(rootId) ? v5(`${rootId}:${usedIds.length}`, namespaces.seeding) : rootId;

export const templateIdOf = (version: number): string => v5(`version ${version}`, namespaces.template);

/** The job that first seeds a campaign; whoever enqueues it, however often, there is one. */
export const firstSeedingJobOf = (campaignId: string): string => v5(campaignId, namespaces.seedingJob);

/** The job that takes a deleted campaign apart; however often it is deleted, there is one. */
export const deletionJobOf = (campaignId: string): string => v5(campaignId, namespaces.deletionJob);

/** The name of a pool: everybody's, or one person's. */
export const poolKey = (type: 'master' | 'user', sub?: string): string =>
  type === 'master' ? 'master' : `user:${sub}`;

/** The campaign of a slot's generation. @param place `<slot>:<generation>`. */
export const poolMemberId = (place: string): string => v5(place, namespaces.poolMember);
