import { contentHash } from './content-hash.ts';
import { generateTemplate } from './generate-template.ts';
import { depthHistogram } from './prerequisite-graph.ts';
import { entityKinds, type Template, totalsOf } from './template.ts';

const full = generateTemplate('full');

describe('the full master template', () => {
  test('has the measured number of rows, edges, links and image references', () => {
    expect(totalsOf(full)).toEqual({
      schticks: 643,
      weapons: 86,
      characters: 40,
      factions: 12,
      junctures: 7,
      prerequisites: 130,
      characterSchticks: 157,
      imageReferences: 788,
    });
  });

  test('spreads its schticks over 42 categories, ten of them large', () => {
    const sizes = tally(full.schticks.map(({ category }) => category));

    expect(sizes.size).toBe(42);
    expect([...sizes].slice(0, 10)).toEqual([
      ['Martial Arts', 106],
      ['Transformed Animal', 87],
      ['Foe', 86],
      ['Sorcery', 73],
      ['Guns', 62],
      ['Scroungetech', 39],
      ['Creature', 35],
      ['Driving', 34],
      ['Mutant', 30],
      ['Big Bruiser', 22],
    ]);
    expect([...sizes.values()].slice(10).every((size) => size >= 1 && size <= 5)).toBe(true);
  });

  test('divides categories into paths of the measured sizes', () => {
    const pathSizes = (category: string) => [
      ...tally(full.schticks.filter((row) => row.category === category).map(({ path }) => path)).values(),
    ];

    expect(pathSizes('Martial Arts')).toHaveLength(19);
    expect(pathSizes('Martial Arts').every((size) => size >= 3 && size <= 8)).toBe(true);
    expect(pathSizes('Sorcery')).toHaveLength(7);
    expect(pathSizes('Transformed Animal')).toHaveLength(10);
    for (const category of ['Guns', 'Driving', 'Creature']) {
      expect(full.schticks.filter((row) => row.category === category && row.path !== null)).toEqual([]);
    }
    expect(new Set(full.schticks.filter(({ path }) => path === 'Core').map(({ category }) => category)).size).toBe(26);
  });

  test('holds a prerequisite forest with the measured depths and fan-out', () => {
    const edges = full.schticks.filter(({ prerequisiteSourceId }) => prerequisiteSourceId);
    const children = tally(edges.map(({ prerequisiteSourceId }) => prerequisiteSourceId));
    const roots = full.schticks.filter(
      ({ sourceId, prerequisiteSourceId }) => !prerequisiteSourceId && children.has(sourceId),
    );

    expect(depthHistogram(linksOf(full))).toEqual([513, 51, 40, 24, 14, 1]);
    expect(Object.fromEntries(tally(children.values()))).toEqual({ 1: 117, 2: 5, 3: 1 });
    expect(roots).toHaveLength(46);
    expect(Object.fromEntries(tally(edges.map(({ category }) => category)))).toEqual({
      'Martial Arts': 66,
      Guns: 27,
      'Big Bruiser': 15,
      Driving: 12,
      Creature: 6,
      'Transformed Animal': 4,
    });
  });

  test('never lets a prerequisite cross category or path', () => {
    const byId = new Map(full.schticks.map((row) => [row.sourceId, row]));

    const crossing = full.schticks.filter(({ prerequisiteSourceId, category, path }) => {
      const parent = prerequisiteSourceId ? byId.get(prerequisiteSourceId) : undefined;
      return prerequisiteSourceId && (parent?.category !== category || parent.path !== path);
    });

    expect(crossing).toEqual([]);
  });

  test('repeats 11 names over categories, so that a join by name finds 669 rows', () => {
    const rowsPerName = [...tally(full.schticks.map(({ name }) => name)).values()];
    const clashes = rowsPerName.filter((rows) => rows > 1);

    expect(clashes).toHaveLength(11);
    expect(sum(clashes)).toBe(23);
    expect(sum(rowsPerName.map((rows) => rows * rows))).toBe(669);
    expect(new Set(full.schticks.map(({ category, name }) => `${category}/${name}`)).size).toBe(643);
  });

  test('describes schticks at the measured lengths and marks 8 as bonus', () => {
    const lengths = full.schticks.map(({ description }) => description.length).sort((one, other) => one - other);

    expect([lengths[0], lengths[321], lengths[610], lengths[642]]).toEqual([20, 129, 350, 1415]);
    expect(full.schticks.filter(({ bonus }) => bonus)).toHaveLength(8);
  });

  test('has weapons of the measured categories, junctures and ranges, each under its own name', () => {
    const damage = full.weapons.map((weapon) => weapon.damage);

    expect(Object.fromEntries(tally(full.weapons.map(({ category }) => category)))).toEqual({
      'Autoloader Handguns': 38,
      SMG: 16,
      Revolvers: 9,
      Rifles: 9,
      Shotguns: 8,
      Thrown: 2,
      Melee: 2,
      'Target Pistols': 1,
      Ranged: 1,
    });
    expect(Object.fromEntries(tally(full.weapons.map(({ juncture }) => juncture)))).toEqual({ Modern: 80, Ancient: 6 });
    expect([rangeOf(damage), modeOf(damage)]).toEqual([[0, 14], 10]);
    expect(rangeOf(full.weapons.map(({ concealment }) => concealment))).toEqual([0, 5]);
    expect(rangeOf(full.weapons.map(({ reloadValue }) => reloadValue))).toEqual([0, 7]);
    expect(new Set(full.weapons.map(({ name }) => name)).size).toBe(86);
  });

  test('has 35 player characters and one of each foe rank, knowing 1 to 8 schticks, usually 5', () => {
    const types = full.characters.map(({ actionValues }) => actionValues['Type']);
    const links = full.characters.map(({ schtickSourceIds }) => new Set(schtickSourceIds).size);

    expect(types.filter((type) => type === 'PC')).toHaveLength(35);
    expect(types.slice(35)).toEqual(['Ally', 'Mook', 'Featured Foe', 'Boss', 'Uber-Boss']);
    expect([sum(links), rangeOf(links), modeOf(links)]).toEqual([157, [1, 8], 5]);
  });

  test('shows 105 pictures of realistic weight in 788 places', () => {
    const bytes = new Map(full.images.map((image) => [image.sourceId, image.bytes]));
    const shown = (kind: (typeof entityKinds)[number]) => full[kind].map(({ imageId }) => imageId);
    const references = entityKinds
      .flatMap(shown)
      .map((id) => bytes.get(id) ?? 0)
      .sort((one, other) => one - other);

    expect(new Set(entityKinds.flatMap(shown)).size).toBe(105);
    expect(bytes.size).toBe(105);
    expect([new Set(shown('schticks')).size, new Set(shown('weapons')).size]).toEqual([41, 8]);
    expect(references).toHaveLength(788);
    expect(references[394]).toBeCloseTo(3_300_000, -4);
    expect(Math.abs(sum([...bytes.values()]) / 297e6 - 1)).toBeLessThan(0.01);
    expect(Math.abs(sum(references) / 2.41e9 - 1)).toBeLessThan(0.01);
  });

  test('refers only to rows that exist', () => {
    const known = new Set(
      [...entityKinds, 'images' as const].flatMap((kind) => full[kind].map(({ sourceId }) => sourceId)),
    );

    const referred = [
      ...entityKinds.flatMap((kind) => full[kind].map(({ imageId }) => imageId)),
      ...full.schticks.flatMap(({ prerequisiteSourceId }) => prerequisiteSourceId ?? []),
      ...full.characters.flatMap((row) =>
        [row.factionSourceId ?? [], row.junctureSourceId ?? [], ...row.schtickSourceIds].flat(),
      ),
      ...full.junctures.flatMap(({ factionSourceId }) => factionSourceId ?? []),
    ];

    expect(referred.filter((id) => !known.has(id))).toEqual([]);
    expect(known.size).toBe(788 + 105);
  });
});

describe('template generation', () => {
  test('gives the same template for the same arguments, and other words for another variant', () => {
    expect(contentHash(generateTemplate('full'))).toBe(contentHash(full));
    expect(contentHash(generateTemplate('full', { variant: 2 }))).not.toBe(contentHash(full));
    expect(totalsOf(generateTemplate('full', { variant: 2 }))).toEqual(totalsOf(full));
  });

  test('makes a tiny profile of 20 schticks', () => {
    const tiny = generateTemplate('tiny');

    expect(totalsOf(tiny)).toEqual({
      schticks: 20,
      weapons: 4,
      characters: 3,
      factions: 2,
      junctures: 2,
      prerequisites: 7,
      characterSchticks: 7,
      imageReferences: 31,
    });
  });

  test('makes a huge profile of ten times the full one, with unique rows', () => {
    const huge = generateTemplate('huge');

    expect(totalsOf(huge)).toEqual(
      Object.fromEntries(Object.entries(totalsOf(full)).map(([name, count]) => [name, count * 10])),
    );
    expect(depthHistogram(linksOf(huge))).toEqual([5130, 510, 400, 240, 140, 10]);
    expect(new Set(huge.schticks.map(({ category, name }) => `${category}/${name}`)).size).toBe(6430);
    expect(new Set(huge.weapons.map(({ name }) => name)).size).toBe(860);
  });
});

const linksOf = ({ schticks }: Template) =>
  schticks.map(({ sourceId, prerequisiteSourceId }) => ({ id: sourceId, prerequisiteId: prerequisiteSourceId }));

function tally<T>(values: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const rangeOf = (values: readonly number[]) => [Math.min(...values), Math.max(...values)];

const modeOf = (values: readonly number[]) => [...tally(values)].sort(([, one], [, other]) => other - one)[0]?.[0];
