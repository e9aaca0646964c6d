import type { Run } from '@millrace/jobs';
import type { MusicBrainz, ReleasePage } from '../clients/musicbrainz.ts';
import { ProviderUnreadable } from '../clients/provider-errors.ts';
import type { Album } from '../domain/album.ts';
import { type AlbumImport, type ImportResult, passIdOf } from '../domain/album-import.ts';
import { albumCover } from '../domain/cover-art.ts';
import { releaseIdOf } from '../domain/ids.ts';
import { preferredEdition } from '../domain/preferred-edition.ts';
import { nextRefreshAt } from '../domain/refresh-time.ts';
import { meetRelease } from '../domain/release.ts';
import type { MusicStore } from '../store/music-store.ts';
import { takeOutVanished } from './vanished-releases.ts';

export type ImportDeps = { readonly store: MusicStore; readonly provider: MusicBrainz };

export type ImportRun = Pick<Run<unknown>, 'rootId' | 'signal' | 'through' | 'checkpoint' | 'cursor' | 'progress'>;

/** Where the walk over the provider's pages has come to. */
export type Place = {
  /** The release group whose list it is. */
  readonly groupId: string;
  readonly offset: number;
  readonly pass: number;
  /** How often it had to wait for the provider since the last page. */
  readonly waits?: number;
};

type Walk = { readonly album: Album; readonly albumImport: AlbumImport; readonly groupId: string };

export type Imported = { readonly album: Album; readonly albumImport: AlbumImport; readonly result: ImportResult };

/**
 * `paused`: time is up, the next run goes on at the last page. `regrouped`: a person has given the album another release group meanwhile.
 * `no-group`: the provider has no such release group. `gone`: the album was deleted.
 */
export type ImportEnd =
  | ({ readonly kind: 'imported' } & Imported)
  | { readonly kind: 'paused' | 'regrouped' | 'no-group' | 'gone' };

/** A run ends well before its job's time limit, and the next one goes on. */
const longestRunMs = 300_000;
/** A list that changes each time it is walked is given up after so many walks; the job is then tried again later. */
const mostPasses = 3;
const mostWrites = 5;

/**
 * Walks over all pages of the album's release group, writes what is new and changed, and takes out what has vanished. Every page is stored
 * before the place in the list is; a run that dies is followed by one that repeats at most a page, and repeating writes the very same rows.
 * @throws ProviderUnavailable, ProviderUnreadable, BreakerOpen, and whatever the database throws.
 */
export async function runImport(deps: ImportDeps, begun: Omit<Walk, 'groupId'>, run: ImportRun): Promise<ImportEnd> {
  const until = performance.now() + longestRunMs;
  const groupId = begun.album.musicbrainzReleaseGroupId;
  if (groupId === null) return { kind: 'no-group' };
  let walk: Walk = { ...begun, groupId };
  let place = placeOf(run.cursor, walk);
  for (;;) {
    const page = await deps.provider.releasesOf(walk.groupId, place.offset, run);
    if (!page) return { kind: 'no-group' };
    walk = await takePage(deps, walk, page, place.offset);
    const { received } = walk.albumImport;
    run.progress(received / Math.max(1, page.total), `${received} of ${page.total} releases`);
    const next = await nextPlace(deps.store, walk, page, place);
    if (next === 'end') return finish(deps, walk, run);
    ({ walk, place } = next);
    await run.checkpoint(place);
    run.signal.throwIfAborted();
    if (performance.now() > until) return { kind: 'paused' };
    if (!(await deps.store.albums.find(walk.album._id))) return { kind: 'gone' };
  }
}

/** A cursor of another list, or of an earlier walk, is of no use. */
function placeOf(cursor: unknown, { albumImport: { pass }, groupId }: Walk): Place {
  const place = cursor as Place | undefined;
  return place?.pass === pass && place.groupId === groupId ? place : { groupId, offset: 0, pass };
}

/** The next page; at the end of a list that has changed under way, its beginning once more. @throws ProviderUnreadable for a list that cannot be walked. */
async function nextPlace(
  store: MusicStore,
  walk: Walk,
  { total, received }: ReleasePage,
  { groupId, offset: before, pass }: Place,
): Promise<{ walk: Walk; place: Place } | 'end'> {
  const offset = before + received;
  if (offset < total) {
    if (received > 0) return { walk, place: { groupId, offset, pass } };
    throw new ProviderUnreadable(`the list of ${groupId} has ${total} releases and shows none from ${offset} on`);
  }
  if (await isWhole(store, walk, total)) return 'end';
  if (pass >= mostPasses) throw new ProviderUnreadable(`the list of ${groupId} changed in each of ${pass} walks`);
  const albumImport = await store.imports.again(walk.albumImport);
  return { walk: { ...walk, albumImport }, place: { groupId, offset: 0, pass: albumImport.pass } };
}

async function takePage({ store }: ImportDeps, walk: Walk, page: ReleasePage, offset: number): Promise<Walk> {
  const { album, albumImport } = walk;
  await writeEditions(store, walk, page);
  const failed = page.bad.map(({ id, reason }) => ({ musicbrainzId: id, reason }));
  const bad = page.bad.flatMap(({ id }) => (id === null ? [] : [releaseIdOf(album._id, id)]));
  await store.releases.seen(bad, passIdOf(albumImport));
  const received = offset + page.received;
  return {
    album,
    albumImport: await store.imports.progress(albumImport, { received, total: page.total, failed }),
    groupId: page.releaseGroupId ?? walk.groupId,
  };
}

/** What somebody else changed between reading and writing is read and decided anew. */
async function writeEditions(
  store: MusicStore,
  { album, albumImport }: Walk,
  { editions }: ReleasePage,
): Promise<void> {
  const meeting = { albumId: album._id, importId: albumImport._id, passId: passIdOf(albumImport), at: new Date() };
  let left = new Map(editions.map((edition) => [releaseIdOf(album._id, edition.id), edition]));
  for (let writes = 1; left.size > 0; writes++) {
    if (writes > mostWrites)
      throw new Error(`album ${album._id}: ${left.size} releases are changed by others all the time`);
    const known = await store.releases.byIds([...left.keys()]);
    const changes = [...left].map(([id, edition]) => meetRelease(known.get(id), edition, meeting));
    const missed = new Set((await store.releases.write(changes)).map(({ release }) => release._id));
    left = new Map([...left].filter(([id]) => missed.has(id)));
  }
}

/** Whether every release that the provider has was met: a list that changes while it is walked may hide some. */
async function isWhole({ releases }: MusicStore, { album, albumImport }: Walk, total: number): Promise<boolean> {
  const { seen } = await releases.countsOf(album._id, { importId: albumImport._id, passId: passIdOf(albumImport) });
  const unknown = await unknownBad(releases, album, albumImport);
  return seen + unknown >= total;
}

/** Unreadable releases that there is no row of. */
async function unknownBad(releases: MusicStore['releases'], { _id }: Album, { failed }: AlbumImport): Promise<number> {
  const ids = failed.flatMap(({ musicbrainzId }) => (musicbrainzId === null ? [] : [releaseIdOf(_id, musicbrainzId)]));
  const known = await releases.byIds(ids);
  return failed.length - ids.filter((id) => known.has(id)).length;
}

async function finish(deps: ImportDeps, walk: Walk, run: ImportRun): Promise<ImportEnd> {
  const { store } = deps;
  const { album, albumImport, groupId } = walk;
  await takeOutVanished(deps, walk, run);
  const passId = passIdOf(albumImport);
  const counts = await store.releases.countsOf(album._id, { importId: albumImport._id, passId });
  const candidates = await store.releases.candidates(album._id);
  const preferred = preferredEdition(candidates, album.taste, album.pinnedReleaseId);
  const earliest = candidates.flatMap(({ date }) => date ?? []).toSorted()[0] ?? null;
  const isMerged = groupId !== album.musicbrainzReleaseGroupId;
  const stored = await store.albums.imported(album, albumImport._id, {
    musicbrainzReleaseGroupId: groupId,
    releaseGroupAliases: isMerged
      ? [...album.releaseGroupAliases, album.musicbrainzReleaseGroupId ?? '']
      : album.releaseGroupAliases,
    releaseCount: counts.shown,
    preferredEdition: preferred,
    cover: albumCover(candidates, preferred, groupId),
    refreshAt: nextRefreshAt(earliest, new Date(), Math.random()),
  });
  if (!stored) return { kind: (await store.albums.find(album._id)) ? 'regrouped' : 'gone' };
  const { created, updated, removed, seen, skipped } = counts;
  const known = albumImport.failed.length - (await unknownBad(store.releases, album, albumImport));
  const unchanged = Math.max(0, seen - created - updated - skipped - known);
  const result = { created, updated, unchanged, removed, skipped, failed: albumImport.failed };
  return { kind: 'imported', album: stored, albumImport, result };
}
