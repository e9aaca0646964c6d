import { z } from 'zod';
import { eventContract, jobContract } from './contract.ts';

const failure = z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() });

export const importAlbumReleases = jobContract({
  name: 'album.import-releases',
  queue: 'music.import',
  summary: 'Imports all releases of an album from the music provider: new, changed and vanished ones.',
  maxAttempts: 8,
  timeoutMs: 600_000,
  payload: z.object({
    albumId: z.uuid(),
    /** Who is told of the end; null tells nobody. */
    requestedBy: z.string().min(1).nullable().default(null),
    occasion: z.enum(['creation', 'wish', 'refresh']).default('wish'),
  }),
});

/** Follows the end of an import that did not come to its own end, so that no album looks as if it were still being imported. */
export const abandonAlbumImport = jobContract({
  name: 'album.abandon-import',
  queue: 'music.import',
  summary: 'Marks an album whose import failed for good or was cancelled.',
  lane: 'hi',
  payload: z.object({
    albumId: z.uuid(),
    /** The import that has ended. */
    importId: z.uuid(),
    jobId: z.uuid(),
    state: z.enum(['failed', 'cancelled']),
    reason: failure,
  }),
});

export const gatherAlbums = jobContract({
  name: 'album.gather',
  queue: 'music.import',
  summary: 'Creates the albums of an artist, or of a list of release groups, but for those that their owner has.',
  maxAttempts: 8,
  timeoutMs: 600_000,
  payload: z.object({
    ownerId: z.string().min(1),
    /** Null: the list is meant. */
    artistId: z.uuid().nullable(),
    releaseGroupIds: z.array(z.uuid()).max(500),
    /** Only finds out what would be made. */
    dryRun: z.boolean(),
  }),
});

export const refreshAlbums = jobContract({
  name: 'album.refresh',
  queue: 'music.import',
  summary: 'Commands the import of all albums whose releases were looked at long enough ago.',
  maxAttempts: 3,
  lane: 'hi',
  payload: z.object({}),
});

export const matchAlbumReleases = jobContract({
  name: 'album.match-releases',
  queue: 'music.match',
  summary: 'Looks for the releases of an album at Discogs, by barcode, catalogue number and master release.',
  maxAttempts: 8,
  timeoutMs: 600_000,
  payload: z.object({ albumId: z.uuid() }),
});

export const albumReleasesImported = eventContract({
  type: 'album.releases-imported',
  summary: 'All releases of an album are there, as the provider has them.',
  data: z.object({
    albumId: z.uuid(),
    title: z.string(),
    ownerId: z.string(),
    requestedBy: z.string().nullable(),
    occasion: z.enum(['creation', 'wish', 'refresh']),
    releaseCount: z.int().nonnegative(),
    created: z.int().nonnegative(),
    updated: z.int().nonnegative(),
    removed: z.int().nonnegative(),
    failed: z.int().nonnegative(),
  }),
});

export const albumImportFailed = eventContract({
  type: 'album.import-failed',
  summary: 'An import ended without result; the album shows why.',
  data: z.object({
    albumId: z.uuid(),
    requestedBy: z.string().nullable(),
    occasion: z.enum(['creation', 'wish', 'refresh']),
    error: failure,
  }),
});
