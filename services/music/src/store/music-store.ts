import type { Connection } from 'mongoose';
import { albumImportsIn } from './album-imports.ts';
import { albumsIn } from './albums.ts';
import { releaseMatchesIn } from './release-matches.ts';
import { releasesIn } from './releases.ts';

export type MusicStore = ReturnType<typeof createMusicStore>;

/** Everything that this service keeps. Defines the models at once; whoever connects builds their indexes. */
export const createMusicStore = (database: Connection) => ({
  albums: albumsIn(database),
  releases: releasesIn(database),
  imports: albumImportsIn(database),
  matches: releaseMatchesIn(database),
});
