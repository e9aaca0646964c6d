import type { Release } from './release.ts';
import { mediumFormat } from './release-format.ts';

/** A release as another provider lists it. */
export type MatchCandidate = {
  readonly id: string;
  readonly title: string;
  readonly country: string | null;
  readonly year: string | null;
  readonly formats: readonly string[];
  readonly catalogNumbers: readonly string[];
  readonly barcodes: readonly string[];
  /** The entry that gathers all editions of the album there; null for one that stands alone. */
  readonly masterId: string | null;
};

export type ScoredCandidate = {
  readonly candidate: MatchCandidate;
  /** 0 to 1. */
  readonly score: number;
  /** What the two have in common. */
  readonly reasons: readonly string[];
};

export type MatchDecision =
  | { readonly kind: 'linked'; readonly best: ScoredCandidate }
  | { readonly kind: 'review'; readonly candidates: readonly ScoredCandidate[] }
  | { readonly kind: 'none' };

type Compared = Pick<Release, 'title' | 'country' | 'date' | 'format' | 'labels' | 'barcode'> & {
  /** What the album is there, where that is known. */
  readonly masterId?: string;
};

/** A match that is better than this, and clearly better than the next one, needs nobody to look at it. */
const certain = { score: 0.8, lead: 0.05 };
/** What is worse than this is not worth anybody's time. */
const worthLooking = 0.45;

const traits: readonly {
  readonly reason: string;
  readonly weight: number;
  isShared(release: Compared, candidate: MatchCandidate): boolean;
}[] = [
  {
    reason: 'barcode',
    weight: 0.5,
    isShared: ({ barcode }, { barcodes }) => barcodes.some((one) => isSameCode(one, barcode)),
  },
  {
    reason: 'catalogue number',
    weight: 0.2,
    isShared: ({ labels }, { catalogNumbers }) =>
      labels.some(({ catalogNumber }) => catalogNumbers.some((one) => isSameCode(one, catalogNumber))),
  },
  // Instead of the barcode, which a list of editions does not tell: nothing is certain by it but with a catalogue number.
  {
    reason: 'master release',
    weight: 0.3,
    isShared: ({ masterId }, candidate) => masterId !== undefined && candidate.masterId === masterId,
  },
  {
    reason: 'country',
    weight: 0.1,
    isShared: ({ country }, candidate) => country !== null && candidate.country === country,
  },
  { reason: 'year', weight: 0.1, isShared: ({ date }, { year }) => year !== null && date?.slice(0, 4) === year },
  {
    reason: 'format',
    weight: 0.05,
    isShared: ({ format }, { formats }) => format !== 'other' && formats.some((one) => mediumFormat(one) === format),
  },
  {
    reason: 'title',
    weight: 0.05,
    isShared: ({ title }, candidate) => candidate.title.toLowerCase().includes(title.toLowerCase()),
  },
];

/** Spaces and dashes in codes mean nothing. Empty ones are no codes. */
function isSameCode(one: string | null, other: string | null): boolean {
  const [first, second] = [one, other].map((code) => (code ?? '').replace(/[\s-]/g, '').toUpperCase());
  return first !== '' && first === second;
}

export function scoreOf(release: Compared, candidate: MatchCandidate): ScoredCandidate {
  const shared = traits.filter(({ isShared }) => isShared(release, candidate));
  const score = shared.reduce((sum, { weight }) => sum + weight, 0);
  return { candidate, score: Math.round(score * 100) / 100, reasons: shared.map(({ reason }) => reason) };
}

/** Links only what is certain: good, and clearly better than the next one. What is merely likely a person looks at. */
export function decideMatch(release: Compared, candidates: readonly MatchCandidate[]): MatchDecision {
  const scored = candidates
    .map((candidate) => scoreOf(release, candidate))
    .filter(({ score }) => score >= worthLooking)
    .toSorted((one, other) => other.score - one.score);
  const [best, second] = scored;
  if (!best) return { kind: 'none' };
  const lead = best.score - (second?.score ?? 0);
  return best.score >= certain.score && lead >= certain.lead - 1e-9
    ? { kind: 'linked', best }
    : { kind: 'review', candidates: scored.slice(0, 5) };
}
