import { type AlbumShape, type CatalogueMedium, type CatalogueRelease, groupOf, releaseOf } from './music-releases.ts';
import { stableId } from './stable-id.ts';

export type CatalogueAlbum = {
  readonly title: string;
  readonly artist: string;
  readonly artistId: string;
  readonly releaseGroupId: string;
  readonly releaseCount: number;
};

type Entry = AlbumShape & { releases: CatalogueRelease[] };

/** Albums with something special about them; the plain ones are `Album 1`, `Album 2` … with one to six releases. */
const special = [
  { title: 'Single Pressing', releases: 1, tracks: () => 10 },
  { title: 'Hundred Editions', releases: 100, tracks: () => 5 },
  { title: 'Thousand Editions', releases: 1_104, tracks: (place: number) => 1 + (place % 9) },
  // So many tracks that a page holds only a few releases.
  { title: 'The Complete Recordings', releases: 37, tracks: (place: number) => 40 + ((place * 37) % 160) },
  { title: 'Nothing Released', releases: 0, tracks: () => 1 },
] as const;

const artist = 'The Simulators';
const artistId = stableId(`artist ${artist}`);

type CatalogueGroup = ReturnType<typeof creditedGroup>;

const creditedGroup = (entry: Entry) => ({
  ...groupOf(entry),
  'artist-credit': [{ name: entry.artist, joinphrase: '' }],
});

/** A catalogue that is the same at every start, and can be changed while it is served. */
export class MusicCatalogue {
  readonly #groups = new Map<string, Entry>();
  readonly #releases = new Map<string, { group: Entry; release: CatalogueRelease }>();
  /** Old ids that were merged into others, of groups and releases. */
  readonly #merged = new Map<string, string>();

  /** @param plainAlbums default 300. */
  constructor({ plainAlbums = 300 }: { plainAlbums?: number } = {}) {
    for (const { title, releases, tracks } of special) this.#add(title, releases, tracks);
    for (let number = 1; number <= plainAlbums; number++)
      this.#add(`Album ${number}`, 1 + (number % 6), (place) => 8 + (place % 5));
  }

  #add(title: string, count: number, tracks: (place: number) => number): void {
    const releaseGroupId = stableId(`release group ${title}`);
    const shape = { releaseGroupId, title, artist, tracks };
    const entry = { ...shape, releases: Array.from({ length: count }, (_, place) => releaseOf(shape, place)) };
    this.#groups.set(releaseGroupId, entry);
    for (const release of entry.releases) this.#releases.set(release.id, { group: entry, release });
  }

  albums(): CatalogueAlbum[] {
    return [...this.#groups.values()].map(({ title, releaseGroupId, releases }) => ({
      title,
      artist,
      artistId,
      releaseGroupId,
      releaseCount: releases.length,
    }));
  }

  /** @throws Error for a title that is not there. */
  album(title: string): CatalogueAlbum {
    const found = this.albums().find((album) => album.title === title);
    if (!found) throw new Error(`the catalogue has no album ${title}`);
    return found;
  }

  /** The releases of a group; undefined for one that does not exist. Merged ids lead to the surviving group. */
  releasesOf(groupId: string): readonly CatalogueRelease[] | undefined {
    return this.#groups.get(this.survivorOf(groupId))?.releases;
  }

  allReleases(): CatalogueRelease[] {
    return [...this.#groups.values()].flatMap(({ releases }) => releases);
  }

  group(id: string): CatalogueGroup | undefined {
    const entry = this.#groups.get(this.survivorOf(id));
    return entry && creditedGroup(entry);
  }

  release(id: string): CatalogueRelease | undefined {
    return this.#releases.get(this.survivorOf(id))?.release;
  }

  /** The release groups of an artist, in the order of the catalogue; undefined for one that does not exist. */
  groupsOf(id: string): CatalogueGroup[] | undefined {
    return id === artistId ? [...this.#groups.values()].map(creditedGroup) : undefined;
  }

  /** The id under which an entity is known now. */
  survivorOf(id: string): string {
    const next = this.#merged.get(id);
    return next === undefined ? id : this.survivorOf(next);
  }

  /** Changes some fields of a release. @throws Error for one that is not there. */
  change(releaseId: string, fields: Readonly<Record<string, unknown>>): void {
    const { group, release } = this.#found(releaseId);
    const changed = { ...release, ...fields, id: release.id };
    group.releases = group.releases.map((one) => (one.id === release.id ? changed : one));
    this.#releases.set(release.id, { group, release: changed });
  }

  /** Deletes a release for good. */
  remove(releaseId: string): void {
    const { group, release } = this.#found(releaseId);
    group.releases = group.releases.filter(({ id }) => id !== release.id);
    this.#releases.delete(release.id);
  }

  /** Makes two releases, or two groups, one: the old id goes on leading to the survivor. */
  merge(oldId: string, survivorId: string): void {
    const old = this.#groups.get(oldId);
    const survivor = this.#groups.get(survivorId);
    if (old && survivor) {
      const moved = old.releases.map((release) => ({ ...release, 'release-group': groupOf(survivor) }));
      survivor.releases = [...survivor.releases, ...moved];
      for (const release of moved) this.#releases.set(release.id, { group: survivor, release });
      this.#groups.delete(oldId);
    } else this.remove(oldId);
    this.#merged.set(oldId, survivorId);
  }

  #found(releaseId: string): { group: Entry; release: CatalogueRelease } {
    const found = this.#releases.get(releaseId);
    if (!found) throw new Error(`the catalogue has no release ${releaseId}`);
    return found;
  }
}

export const tracksOf = (release: CatalogueRelease): number =>
  (release['media'] as readonly CatalogueMedium[]).reduce((sum, medium) => sum + medium['track-count'], 0);
