import type { Album } from '../domain/album.ts';
import { albumCover } from '../domain/cover-art.ts';
import { preferredEdition } from '../domain/preferred-edition.ts';
import type { MusicStore } from '../store/music-store.ts';

/** Chooses the preferred edition and the cover anew, after the taste or a release was changed by hand. */
export async function chooseEdition(
  { albums, releases }: Pick<MusicStore, 'albums' | 'releases'>,
  album: Album,
): Promise<Album> {
  const candidates = await releases.candidates(album._id);
  const preferred = preferredEdition(candidates, album.taste, album.pinnedReleaseId);
  const cover = albumCover(candidates, preferred, album.musicbrainzReleaseGroupId ?? '');
  return (await albums.edit(album._id, { preferredEdition: preferred, cover })) ?? album;
}
