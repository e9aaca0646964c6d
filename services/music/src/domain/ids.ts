import { v5 } from 'uuid';

/** Namespaces of derived ids: what an id is derived from never collides with another kind of derivation. */
const namespaces = {
  release: '7d1f3c52-0b7e-4a55-8f0a-5e6c2a9d4b01',
  firstImport: '7d1f3c52-0b7e-4a55-8f0a-5e6c2a9d4b02',
  refresh: '7d1f3c52-0b7e-4a55-8f0a-5e6c2a9d4b03',
  match: '7d1f3c52-0b7e-4a55-8f0a-5e6c2a9d4b04',
  batch: '7d1f3c52-0b7e-4a55-8f0a-5e6c2a9d4b05',
} as const;

/** The id of a release in an album. Whoever imports it, however often and at the same time, writes this one row. */
export const releaseIdOf = (albumId: string, musicbrainzId: string): string =>
  v5(`${albumId}:${musicbrainzId}`, namespaces.release);

/** The job that first imports an album; whoever commands it, however often, there is one. */
export const firstImportJobOf = (albumId: string): string => v5(albumId, namespaces.firstImport);

/** The album that a batch makes of a release group, in whichever of its runs. */
export const albumOfBatch = (batchId: string, releaseGroupId: string): string =>
  v5(`${batchId}:${releaseGroupId}`, namespaces.batch);

/** The import that an album's refresh at a certain time commands. */
export const refreshJobOf = (albumId: string, refreshAt: Date): string =>
  v5(`${albumId}:${refreshAt.toISOString()}`, namespaces.refresh);

/** A release and what another provider may have of it. */
export const matchIdOf = (releaseId: string, provider: string, candidateId: string): string =>
  v5(`${releaseId}:${provider}:${candidateId}`, namespaces.match);
