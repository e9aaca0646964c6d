import type { CoverFlags } from './edition.ts';
import type { Candidate, PreferredEdition } from './preferred-edition.ts';

const thumbnailSizes = [250, 500, 1_200] as const;
type Thumbnails = Readonly<Record<`${(typeof thumbnailSizes)[number]}`, string>>;

export type Cover = {
  /** Whose cover it is: an edition's own, or the one that stands for all of them. */
  readonly source: 'release' | 'release-group';
  readonly releaseId: string | null;
  readonly url: string;
  readonly thumbnails: Thumbnails;
};

export type ReleaseCovers = {
  readonly front: boolean;
  readonly back: boolean;
  readonly count: number;
  readonly isDarkened: boolean;
  readonly frontUrl: string | null;
  readonly thumbnails: Thumbnails | null;
};

const archive = 'https://coverartarchive.org';

const hasFront = ({ front, isDarkened }: CoverFlags): boolean => front && !isDarkened;

/** The flags of a release with the addresses that they promise. */
export function coversOf(musicbrainzId: string, flags: CoverFlags): ReleaseCovers {
  const base = `${archive}/release/${musicbrainzId}/front`;
  return hasFront(flags)
    ? { ...flags, frontUrl: base, thumbnails: thumbnailsOf(base) }
    : { ...flags, frontUrl: null, thumbnails: null };
}

/** The picture of an album: the preferred edition's own, else the release group's. Null when no edition has any. */
export function albumCover(
  candidates: readonly Candidate[],
  preferred: PreferredEdition | null,
  releaseGroupId: string,
): Cover | null {
  const own = candidates.find(({ _id, coverArt }) => _id === preferred?.releaseId && hasFront(coverArt));
  if (own) {
    const url = `${archive}/release/${own.musicbrainzId}/front`;
    return { source: 'release', releaseId: own._id, url, thumbnails: thumbnailsOf(url) };
  }
  if (!candidates.some(({ coverArt }) => hasFront(coverArt))) return null;
  const url = `${archive}/release-group/${releaseGroupId}/front`;
  return { source: 'release-group', releaseId: null, url, thumbnails: thumbnailsOf(url) };
}

const thumbnailsOf = (base: string): Thumbnails =>
  Object.fromEntries(thumbnailSizes.map((size) => [`${size}`, `${base}-${size}`])) as Thumbnails;
