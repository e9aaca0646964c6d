import type { MusicBrainz } from '../clients/musicbrainz.ts';
import type { Caller } from '../clients/provider-requests.ts';
import type { Album } from '../domain/album.ts';
import { type AlbumImport, passIdOf } from '../domain/album-import.ts';
import { releaseIdOf } from '../domain/ids.ts';
import type { Release, Removal } from '../domain/release.ts';
import type { MusicStore } from '../store/music-store.ts';

type Deps = { readonly store: Pick<MusicStore, 'releases'>; readonly provider: Pick<MusicBrainz, 'findRelease'> };
type Walk = { readonly album: Album; readonly albumImport: AlbumImport; readonly groupId: string };

/** Each costs a request; when more have vanished at once, the others are taken out without being asked for. */
const mostLookups = 20;

/**
 * Takes out what the provider no longer lists, and says why: merged into another (which answers to the old id from now on), deleted,
 * moved to another release group. One that is still there is left alone: its list was incomplete.
 */
export async function takeOutVanished({ store, provider }: Deps, walk: Walk, caller: Caller): Promise<void> {
  const vanished = await store.releases.vanished(walk.album._id, passIdOf(walk.albumImport));
  for (const [place, release] of vanished.entries()) {
    caller.signal.throwIfAborted();
    const removal =
      place < mostLookups
        ? await removalOf(provider, release, walk, caller)
        : { reason: 'not-listed' as const, mergedInto: null };
    if (!removal) {
      await store.releases.seen([release._id], passIdOf(walk.albumImport));
      continue;
    }
    if (removal.mergedInto) await store.releases.alias(removal.mergedInto, release.musicbrainzId);
    await store.releases.takeOut(release, { ...removal, at: new Date(), importId: walk.albumImport._id });
  }
}

/** Null when it is still where it was. */
async function removalOf(
  provider: Deps['provider'],
  { musicbrainzId }: Release,
  { album, groupId }: Walk,
  caller: Caller,
): Promise<Pick<Removal, 'reason' | 'mergedInto'> | null> {
  const found = await provider.findRelease(musicbrainzId, caller);
  if (!found) return { reason: 'deleted', mergedInto: null };
  if (found.id !== musicbrainzId) return { reason: 'merged', mergedInto: releaseIdOf(album._id, found.id) };
  return found.releaseGroupId !== null && found.releaseGroupId !== groupId
    ? { reason: 'moved', mergedInto: null }
    : null;
}
