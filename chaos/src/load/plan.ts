import { chanceOf } from '../chance.ts';

const kinds = ['campaign', 'album', 'project', 'mesh', 'batch'] as const;
export type Kind = (typeof kinds)[number];

/** What somebody is going to ask for. Everything of it follows from the seed. */
export type Command = {
  readonly kind: Kind;
  /** Names it in titles and Idempotency-Keys: `c00042`. */
  readonly name: string;
  readonly person: string;
  /** Sent once more after its answer, as an impatient person would. */
  readonly isDoubled: boolean;
  /** Of projects. */
  readonly template: 'minimal' | 'game';
  /** Of meshes: the picture, by its place, and the error allowed. */
  readonly picture: number;
  readonly detailFactor: number;
  /** Of albums: which one of the catalogue; no two commands name the same. */
  readonly album: number;
};

const weights = [
  ['campaign', 40],
  ['album', 28],
  ['mesh', 18],
  ['project', 9],
  ['batch', 5],
] as const satisfies readonly (readonly [Kind, number])[];

/** One in ten is sent twice. */
const doubledShare = 0.1;

/** @param people among whom the commands are shared. */
export function planOf(seed: number, count: number, people: readonly string[]): readonly Command[] {
  const chance = chanceOf(seed, 'plan');
  return Array.from({ length: count }, (_, index) => ({
    kind: chance.weighted(weights),
    name: `c${String(index).padStart(5, '0')}`,
    person: chance.oneOf(people),
    isDoubled: chance.next() < doubledShare,
    template: chance.next() < 0.5 ? 'game' : 'minimal',
    picture: chance.between(0, 5),
    detailFactor: chance.between(10, 40) / 1_000,
    album: index + 1,
  }));
}
