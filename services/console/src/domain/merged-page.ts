/** Something that lists of several services hold, newest first. */
type Dated = { readonly createdAt: string; readonly id: string };

/** How far one source has been read: its page, and how many items of that page are shown already. `ended`: there is no more. */
export type Place = { readonly cursor: string | null; readonly skip: number; readonly ended: boolean };

export type SourcePage<Source extends string, Item> = {
  readonly source: Source;
  readonly place: Place;
  /** The page at `place.cursor`, whole. */
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
};

type Merged<Source extends string, Item> = {
  readonly items: readonly (Item & { readonly service: Source })[];
  /** Where each source goes on; undefined when all have ended. */
  readonly places: Readonly<Partial<Record<Source, Place>>> | undefined;
};

export const atStart: Place = { cursor: null, skip: 0, ended: false };

/**
 * The newest items of several sources, each sorted newest first; at most `limit`, and at least one while there is one. Nothing
 * is shown twice, left out or out of its order, because each source goes on behind the last of its own items that were shown,
 * by its own cursor, and nothing is shown that is older than what a source may bring next.
 */
export function mergePages<Source extends string, Item extends Dated>(
  pages: readonly SourcePage<Source, Item>[],
  limit: number,
): Merged<Source, Item> {
  const horizon = pages
    .flatMap(({ items, nextCursor }) => (nextCursor === null ? [] : items.slice(-1)))
    .toSorted(newestFirst)[0];
  const items = pages
    .flatMap(({ source, place, items: all }) => all.slice(place.skip).map((item) => ({ ...item, service: source })))
    .filter((item) => horizon === undefined || newestFirst(item, horizon) <= 0)
    .toSorted(newestFirst)
    .slice(0, limit);
  const places = Object.fromEntries(
    pages.map((page) => [page.source, placeAfter(page, items.filter(({ service }) => service === page.source).length)]),
  ) as Record<Source, Place>;
  const isOver = Object.values<Place>(places).every(({ ended }) => ended);
  return { items, places: isOver ? undefined : places };
}

function placeAfter({ place, items, nextCursor }: SourcePage<string, unknown>, shown: number): Place {
  const skip = place.skip + shown;
  if (skip < items.length) return { ...place, skip };
  return { cursor: nextCursor, skip: 0, ended: nextCursor === null };
}

const newestFirst = (a: Dated, b: Dated): number => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id);
