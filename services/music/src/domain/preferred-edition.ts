import type { EditionFields } from './edition.ts';
import type { ReleaseFormat } from './release-format.ts';

/** What somebody likes best, best first; what is not named comes after. */
export type Taste = { readonly countries: readonly string[]; readonly formats: readonly ReleaseFormat[] };

export type Candidate = Pick<
  EditionFields,
  'title' | 'status' | 'date' | 'country' | 'countries' | 'format' | 'coverArt'
> & {
  readonly _id: string;
  readonly musicbrainzId: string;
};

export type PreferredEdition = {
  readonly releaseId: string;
  readonly musicbrainzId: string;
  readonly isPinned: boolean;
  /** Why this one, the weightiest reason first. */
  readonly reasons: readonly string[];
};

type Criterion = {
  /** Smaller is better. */
  rank(candidate: Candidate, taste: Taste): number | string;
  reason(candidate: Candidate): string;
};

/** In the order of their weight: a later one decides only between equals of those before it. */
const criteria: readonly Criterion[] = [
  {
    rank: ({ status }) => (status === 'official' ? 0 : status === null ? 1 : 2),
    reason: ({ status }) => (status === 'official' ? 'it is official' : `its status is ${status ?? 'unknown'}`),
  },
  {
    rank: ({ countries }, taste) => Math.min(...placesIn(taste.countries, countries)),
    reason: ({ country }) => `it came out in ${country ?? 'an unknown country'}`,
  },
  {
    rank: ({ format }, taste) => placeIn(taste.formats, format),
    reason: ({ format }) => `its format is ${format}`,
  },
  // An unknown date is the latest; `1973` comes before `1973-03-01`.
  {
    rank: ({ date }) => date ?? '9999',
    reason: ({ date }) => (date ? `it came out in ${date}` : 'its date is unknown'),
  },
  {
    rank: ({ coverArt }) => (coverArt.front ? 0 : 1),
    reason: ({ coverArt }) => (coverArt.front ? 'it has a front cover' : 'it has no front cover'),
  },
  { rank: ({ musicbrainzId }) => musicbrainzId, reason: () => 'it is the first of equals' },
];

/**
 * The edition to show for an album: official before others, then by country and format as preferred, then the earliest.
 * @param pinnedId the one that a person has chosen; it wins as long as it is among the candidates.
 * @returns null without candidates.
 */
export function preferredEdition(
  candidates: readonly Candidate[],
  taste: Taste,
  pinnedId: string | null,
): PreferredEdition | null {
  const pinned = candidates.find(({ _id }) => _id === pinnedId);
  if (pinned) return chosen(pinned, true, ['somebody has chosen it']);
  const [best, second] = candidates.toSorted((one, other) => compare(one, other, taste));
  if (!best) return null;
  if (!second) return chosen(best, false, ['it is the only one']);
  const deciding = criteria.findIndex(({ rank }) => rank(best, taste) !== rank(second, taste));
  return chosen(
    best,
    false,
    criteria.slice(0, deciding + 1).map(({ reason }) => reason(best)),
  );
}

const chosen = (candidate: Candidate, isPinned: boolean, reasons: readonly string[]): PreferredEdition => ({
  releaseId: candidate._id,
  musicbrainzId: candidate.musicbrainzId,
  isPinned,
  reasons,
});

function compare(one: Candidate, other: Candidate, taste: Taste): number {
  for (const { rank } of criteria) {
    const [first, second] = [rank(one, taste), rank(other, taste)];
    if (first !== second) return first < second ? -1 : 1;
  }
  return 0;
}

/** What is not in the list stands behind it. */
function placeIn<Value>(list: readonly Value[], value: Value): number {
  const place = list.indexOf(value);
  return place < 0 ? list.length : place;
}

const placesIn = (list: readonly string[], values: readonly string[]): number[] => [
  list.length,
  ...values.map((value) => placeIn(list, value)),
];
