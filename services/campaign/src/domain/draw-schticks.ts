import { type Drawing, freshName, proseOf } from './drawing.ts';
import { sourceIdOf } from './source-id.ts';
import type { TemplateSchtick } from './template.ts';
import type { Category, Section, TemplateShape } from './template-shape.ts';
import { colors, epithets, feats } from './vocabulary.ts';

type Place = {
  sourceId: string;
  category: string;
  categoryIndex: number;
  path: string | null;
  prerequisiteSourceId: string | null;
};

/** All schticks of a volume, parents before children. */
export function drawSchticks({ shape, volume, random, takenNames, pictures }: Drawing): TemplateSchtick[] {
  const places = placesOf(shape.categories, volume);
  const names = recurringNames(
    places,
    places.map(() => freshName(takenNames, () => `${random.pick(epithets)} ${random.pick(feats)}`)),
    shape.clashes,
  );
  const lengths = random.shuffled(descriptionLengths(places.length, shape.descriptionLengths));
  const bonusRows = new Set(random.shuffled([...places.keys()]).slice(0, shape.bonusSchticks));
  return places.map(({ categoryIndex, ...place }, index) => ({
    ...place,
    name: names[index] ?? '',
    description: proseOf(lengths[index] ?? 0, random),
    color: colors[categoryIndex % colors.length] ?? '',
    bonus: bonusRows.has(index),
    imageId: pictures.schtick(categoryIndex),
  }));
}

/** Where every schtick stands: category, path and place in its prerequisite tree. What no tree takes stands alone. */
function placesOf(categories: readonly Category[], volume: number): Place[] {
  const places: Place[] = [];
  for (const [categoryIndex, { name: category, sections }] of categories.entries()) {
    for (const section of sections) {
      const path = pathIn(volume, section.path);
      for (const { parent, position } of nodesOf(section)) {
        places.push({
          sourceId: sourceIdOf(volume, 'schtick', places.length),
          category,
          categoryIndex,
          path,
          prerequisiteSourceId: parent < 0 ? null : sourceIdOf(volume, 'schtick', places.length - (position - parent)),
        });
      }
    }
  }
  return places;
}

/** Each node of a section with its own position in its tree and its parent's. */
function nodesOf({ size, trees }: Section): { parent: number; position: number }[] {
  const inTrees = trees.reduce((sum, tree) => sum + tree.length, 0);
  const singles = Array.from({ length: size - inTrees }, () => [-1]);
  return [...trees, ...singles].flatMap((tree) => tree.map((parent, position) => ({ parent, position })));
}

const pathIn = (volume: number, path: string | null) => (path && volume > 0 ? `${path}, Circle ${volume + 1}` : path);

/**
 * Lets some names recur in other categories, as they do in real life. Rows with a prerequisite are chosen first:
 * a copy that joins by name instead of source id goes wrong exactly there.
 */
function recurringNames(places: readonly Place[], names: readonly string[], clashes: readonly number[]): string[] {
  const result = [...names];
  const used = new Set<number>();
  for (const rows of clashes) {
    const categories = new Set<string>();
    let shared: string | undefined;
    for (let found = 0; found < rows; found++) {
      const index = nextClash(places, used, categories);
      shared ??= result[index];
      result[index] = shared ?? '';
    }
  }
  return result;
}

/** The next unused row of a category that this name does not have yet; the first one wants a prerequisite. */
function nextClash(places: readonly Place[], used: Set<number>, categories: Set<string>): number {
  const isFree = (place: Place, index: number) => !used.has(index) && !categories.has(place.category);
  const wanted = places.findIndex((place, index) => isFree(place, index) && place.prerequisiteSourceId !== null);
  const index = wanted >= 0 ? wanted : places.findIndex(isFree);
  const place = places[index];
  if (!place)
    throw new Error(`template shape: a name cannot recur in ${categories.size + 1} categories, there are fewer`);
  used.add(index);
  categories.add(place.category);
  return index;
}

/** Ascending lengths that meet minimum, median, 95th percentile and maximum exactly, by nearest rank. */
function descriptionLengths(rows: number, { min, median, p95, max }: TemplateShape['descriptionLengths']): number[] {
  const rank = (fraction: number) => Math.max(0, Math.ceil(rows * fraction) - 1);
  const anchors = [
    [0, min],
    [rank(0.5), median],
    [rank(0.95), p95],
    [rows - 1, max],
  ] as const;
  return Array.from({ length: rows }, (_, index) => {
    const upper = anchors.findIndex(([at]) => index <= at);
    const [toRank, to] = anchors[upper] ?? [0, min];
    const [fromRank, from] = anchors[Math.max(0, upper - 1)] ?? [0, min];
    const way = toRank === fromRank ? 1 : (index - fromRank) / (toRank - fromRank);
    return Math.round(from + (to - from) * way ** 2);
  });
}
