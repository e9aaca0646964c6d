import { atStart, mergePages, type Place } from './merged-page.ts';

type Source = 'campaign' | 'music' | 'projects';
type Places = Readonly<Partial<Record<Source, Place>>>;
type Item = { readonly id: string; readonly createdAt: string };

/** Services that hold items by their minute, newest first, and give pages of them by a cursor. */
function services(held: Readonly<Record<Source, readonly number[]>>) {
  const items = (source: Source): readonly Item[] =>
    held[source].map((minute) => ({
      id: `${source}-${minute}`,
      createdAt: `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`,
    }));
  const page = (source: Source, place: Place, limit: number) => {
    const begin = Number(place.cursor ?? 0);
    const end = begin + limit;
    const nextCursor = end < held[source].length ? `${end}` : null;
    return { source, place, items: items(source).slice(begin, end), nextCursor };
  };
  return { names: Object.keys(held) as Source[], page };
}

/** Every page of the merged list, read to its end. */
function readAll({ names, page }: ReturnType<typeof services>, limit: number): string[][] {
  const read: string[][] = [];
  let places: Places | undefined = Object.fromEntries(names.map((name) => [name, atStart]));
  while (places) {
    const known: Places = places;
    const open = names.filter((name) => !(known[name]?.ended ?? true));
    const merged = mergePages<Source, Item>(
      open.map((name) => page(name, known[name] ?? atStart, limit)),
      limit,
    );
    read.push(merged.items.map(({ service, id }) => `${service}:${id}`));
    places = merged.places;
  }
  return read;
}

const idOf = (source: Source, minute: number) => `${source}:${source}-${minute}`;

test('pages of several services are one list, newest first, with nothing twice and nothing left out', () => {
  const held = { campaign: [59, 40, 39, 38, 2], music: [58, 57, 56, 1], projects: [] };

  expect(readAll(services(held), 3)).toEqual([
    [idOf('campaign', 59), idOf('music', 58), idOf('music', 57)],
    [idOf('music', 56)],
    [idOf('campaign', 40), idOf('campaign', 39)],
    [idOf('campaign', 38), idOf('campaign', 2), idOf('music', 1)],
  ]);
});

test('what a service brings with its next page stands before older items that others have brought already', () => {
  const held = { campaign: [59, 40, 39], music: [58, 57, 56, 50], projects: [] };

  expect(readAll(services(held), 3).flat()).toEqual([
    idOf('campaign', 59),
    ...[58, 57, 56, 50].map((minute) => idOf('music', minute)),
    ...[40, 39].map((minute) => idOf('campaign', minute)),
  ]);
});

test('pages of every size tell the same list', () => {
  const minutes = (from: number, step: number) => Array.from({ length: 9 }, (_, index) => from - index * step);
  const held = { campaign: minutes(59, 1), music: minutes(58, 3), projects: minutes(55, 6) };
  const whole = readAll(services(held), 100).flat();

  expect(whole).toHaveLength(27);
  for (const limit of [1, 2, 5, 9, 26, 27]) {
    const pages = readAll(services(held), limit);
    expect(pages.flat()).toEqual(whole);
    expect(pages.every((page) => page.length > 0 && page.length <= limit)).toBe(true);
  }
});

test('items of the same time are ordered by their id, whoever holds them', () => {
  const [first, second] = readAll(services({ campaign: [7], music: [7], projects: [7] }), 2);

  expect(first).toEqual([idOf('projects', 7), idOf('music', 7)]);
  expect(second).toEqual([idOf('campaign', 7)]);
});

test('a list that nobody holds anything of is one empty page', () => {
  expect(readAll(services({ campaign: [], music: [], projects: [] }), 5)).toEqual([[]]);
});
