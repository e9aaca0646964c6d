import type { Candidate } from './preferred-edition.ts';

export const groupings = ['format', 'country', 'year'] as const;
type Grouping = (typeof groupings)[number];

export type ReleaseGroup = { readonly key: string | null; readonly count: number; readonly releaseIds: string[] };

/** Null: nobody knows. A release that came out in several countries stands in each of them. */
const keysOf: Readonly<Record<Grouping, (release: Candidate) => readonly (string | null)[]>> = {
  format: ({ format }) => [format],
  country: ({ countries }) => (countries.length > 0 ? countries : [null]),
  year: ({ date }) => [date?.slice(0, 4) ?? null],
};

/** Years in order, the unknown one last; other groups by size. */
export function groupReleases(releases: readonly Candidate[], by: Grouping): ReleaseGroup[] {
  const groups = new Map<string | null, string[]>();
  for (const release of releases)
    for (const key of keysOf[by](release)) groups.set(key, [...(groups.get(key) ?? []), release._id]);
  const listed = [...groups].map(([key, releaseIds]) => ({ key, count: releaseIds.length, releaseIds }));
  return listed.toSorted((one, other) =>
    by === 'year' ? (one.key ?? '9999').localeCompare(other.key ?? '9999') : other.count - one.count,
  );
}
