import { fork, type Tree, times, tree } from './prerequisite-trees.ts';
import { animals, callings, magics, shapes } from './vocabulary.ts';

/** Schticks of one category that share a path (or have none), and the prerequisite trees among them. */
export type Section = { readonly path: string | null; readonly size: number; readonly trees: readonly Tree[] };
export type Category = { readonly name: string; readonly sections: readonly Section[] };

/** How many rows have which value: `[value, rows]`. */
export type Histogram = readonly (readonly [value: number, rows: number])[];

/** What a generated template looks like, figure by figure. The words in it are drawn by chance, the figures are not. */
export type TemplateShape = {
  readonly categories: readonly Category[];
  /** Each entry is one name that recurs in so many categories. */
  readonly clashes: readonly number[];
  /** Shortest, median, 95th percentile and longest description, in characters. */
  readonly descriptionLengths: {
    readonly min: number;
    readonly median: number;
    readonly p95: number;
    readonly max: number;
  };
  readonly bonusSchticks: number;
  readonly weapons: {
    readonly categories: readonly (readonly [name: string, rows: number])[];
    readonly ancient: readonly string[];
    readonly damage: Histogram;
    readonly concealment: Histogram;
    readonly reloadValue: Histogram;
  };
  readonly factions: number;
  readonly junctures: number;
  readonly callings: number;
  readonly foeRanks: number;
  /** Schticks per character. */
  readonly links: Histogram;
  /** Distinct pictures of each kind. */
  readonly images: { readonly schticks: number; readonly weapons: number; readonly characters: number };
};

const one = (name: string, size: number, trees: readonly Tree[] = []): Category => ({
  name,
  sections: [{ path: null, size, trees }],
});

const split = (name: string, paths: readonly string[], sizes: readonly number[], trees: readonly Tree[]): Category => ({
  name,
  sections: paths.map((path, index) => ({ path, size: sizes[index] ?? 0, trees: trees[index] ? [trees[index]] : [] })),
});

/** One tree in each of the 19 paths: 66 edges, and the only chain of six. */
const martialTrees = [
  tree(5),
  ...times(9, tree(4)),
  ...times(3, tree(3)),
  tree(3, 1),
  fork,
  ...times(2, tree(2)),
  tree(2, 1),
  tree(1),
];
const martialSizes = [8, 8, 8, 7, 6, 6, 6, 5, 5, 5, 6, 6, 5, 6, 5, 4, 3, 4, 3];

/** Groups of one to five that belong to a single calling; the smallest ones have no path. */
const callingSizes = [5, 5, ...times(3, 4), ...times(6, 3), ...times(8, 2), ...times(13, 1)];
const callingCategories: readonly Category[] = callingSizes.map((size, index) => ({
  name: callings[index] ?? '',
  sections: [{ path: index < 26 ? 'Core' : null, size, trees: [] }],
}));

const fullShape: TemplateShape = {
  categories: [
    split(
      'Martial Arts',
      animals.map((animal) => `Path Of The ${animal}`),
      martialSizes,
      martialTrees,
    ),
    split('Transformed Animal', shapes, [...times(7, 9), ...times(3, 8)], [tree(2), tree(2)]),
    one('Foe', 86),
    split('Sorcery', magics, [13, 12, 11, 10, 10, 9, 8], []),
    one('Guns', 62, [
      ...times(2, tree(4)),
      ...times(3, tree(3)),
      ...times(2, tree(2, 1)),
      tree(2),
      ...times(2, tree(1)),
    ]),
    one('Scroungetech', 39),
    one('Creature', 35, [...times(2, tree(2)), ...times(2, tree(1))]),
    one('Driving', 34, [tree(4), tree(3), ...times(2, tree(2)), tree(1)]),
    one('Mutant', 30),
    one('Big Bruiser', 22, [tree(4), ...times(2, tree(3)), tree(2, 1), ...times(2, tree(1))]),
    ...callingCategories,
  ],
  clashes: [3, ...times(10, 2)],
  descriptionLengths: { min: 20, median: 129, p95: 350, max: 1415 },
  bonusSchticks: 8,
  weapons: {
    categories: [
      ['Autoloader Handguns', 38],
      ['SMG', 16],
      ['Revolvers', 9],
      ['Rifles', 9],
      ['Shotguns', 8],
      ['Thrown', 2],
      ['Melee', 2],
      ['Target Pistols', 1],
      ['Ranged', 1],
    ],
    // One of the rifles is a musket.
    ancient: ['Thrown', 'Thrown', 'Melee', 'Melee', 'Ranged', 'Rifles'],
    damage: [
      [0, 1],
      [2, 1],
      [5, 1],
      [6, 2],
      [7, 3],
      [8, 6],
      [9, 14],
      [10, 30],
      [11, 10],
      [12, 6],
      [13, 8],
      [14, 4],
    ],
    concealment: [
      [0, 4],
      [1, 22],
      [2, 26],
      [3, 16],
      [4, 10],
      [5, 8],
    ],
    reloadValue: [
      [0, 5],
      [1, 6],
      [2, 8],
      [3, 24],
      [4, 22],
      [5, 12],
      [6, 6],
      [7, 3],
    ],
  },
  factions: 12,
  junctures: 7,
  callings: 35,
  foeRanks: 5,
  links: [
    [1, 6],
    [2, 4],
    [3, 6],
    [4, 5],
    [5, 13],
    [6, 3],
    [7, 2],
    [8, 1],
  ],
  images: { schticks: 41, weapons: 8, characters: 37 },
};

/** Small enough to read in a debugger, with one of everything that can go wrong. */
const tinyShape: TemplateShape = {
  categories: [
    split('Martial Arts', ['Path Of The Heron', 'Path Of The Marten'], [5, 3], [tree(3), tree(1, 1)]),
    one('Guns', 6, [tree(2)]),
    one('Sorcery', 3),
    one('Lamplighter', 3),
  ],
  clashes: [2],
  descriptionLengths: { min: 20, median: 60, p95: 120, max: 200 },
  bonusSchticks: 1,
  weapons: {
    categories: [
      ['SMG', 2],
      ['Melee', 2],
    ],
    ancient: ['Melee'],
    damage: [
      [9, 1],
      [10, 2],
      [12, 1],
    ],
    concealment: [
      [1, 2],
      [3, 2],
    ],
    reloadValue: [
      [0, 2],
      [4, 2],
    ],
  },
  factions: 2,
  junctures: 2,
  callings: 2,
  foeRanks: 1,
  links: [
    [1, 1],
    [2, 1],
    [4, 1],
  ],
  images: { schticks: 4, weapons: 2, characters: 2 },
};

/** A size of template: how often its shape is repeated, each time with new words. */
export const profiles = {
  tiny: { shape: tinyShape, volumes: 1 },
  full: { shape: fullShape, volumes: 1 },
  huge: { shape: fullShape, volumes: 10 },
} as const satisfies Record<string, { shape: TemplateShape; volumes: number }>;

export type ProfileName = keyof typeof profiles;
