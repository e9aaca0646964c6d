/** What a provider calls a release group: an album, of which there are releases. */
export type FoundAlbum = {
  readonly musicbrainzReleaseGroupId: string;
  readonly title: string;
  readonly artists: readonly string[];
};

/** A part of the albums that a batch asks for, as the provider has them. */
export type BatchPage = {
  /** How many are asked for in all. */
  readonly total: number;
  /** How many of them this page is about: the next one begins after them. */
  readonly received: number;
  readonly found: readonly FoundAlbum[];
  /** Ids that the provider does not have. */
  readonly missing: readonly string[];
};

/** How far a batch has come, and what it has found. */
export type BatchPlace = {
  readonly offset: number;
  /** Albums that were made, or would be made in a dry run. */
  readonly created: number;
  /** Albums that their owner has already. */
  readonly known: number;
  readonly missing: readonly string[];
  /** Of a dry run: what would be made, the first hundred. */
  readonly planned: readonly FoundAlbum[];
};

export const batchStart: BatchPlace = { offset: 0, created: 0, known: 0, missing: [], planned: [] };

const mostPlanned = 100;

/** The place behind a page. @param fresh those of it that their owner does not have. */
export function afterPage(
  place: BatchPlace,
  page: BatchPage,
  fresh: readonly FoundAlbum[],
  isDryRun: boolean,
): BatchPlace {
  return {
    offset: place.offset + page.received,
    created: place.created + fresh.length,
    known: place.known + page.found.length - fresh.length,
    missing: [...place.missing, ...page.missing],
    planned: isDryRun ? [...place.planned, ...fresh].slice(0, mostPlanned) : [],
  };
}
