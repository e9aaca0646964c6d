import type { Pictures } from './draw-images.ts';
import type { Random } from './random.ts';
import type { Histogram, TemplateShape } from './template-shape.ts';
import { phrases } from './vocabulary.ts';

/** What every part of a volume is drawn with. */
export type Drawing = {
  readonly shape: TemplateShape;
  /** From 0; part of every source id. */
  readonly volume: number;
  readonly random: Random;
  readonly takenNames: Set<string>;
  readonly pictures: Pictures;
};

/** A name that nothing else in the template has, built by `propose`; after many collisions it is numbered. */
export function freshName(takenNames: Set<string>, propose: () => string): string {
  let name = propose();
  for (let tries = 1; takenNames.has(name); tries++) name = tries < 20 ? propose() : `${propose()} ${tries}`;
  takenNames.add(name);
  return name;
}

/** Every value as often as the histogram says, in random order. */
export const drawHistogram = (histogram: Histogram, random: Random): number[] =>
  random.shuffled(histogram.flatMap(([value, rows]) => Array.from({ length: rows }, () => value)));

/** Prose of exactly so many characters, from 20 on, ending in a full stop. */
export function proseOf(length: number, random: Random): string {
  let text = '';
  while (text.length < length) text += text ? `. ${sentence(random)}` : sentence(random);
  let kept = text.slice(0, text.lastIndexOf(' ', length - 4));
  kept = kept.replace(/[,.]$/, '');
  return `${kept} ${closingWords[length - kept.length - 2] ?? ''}.`;
}

/** Entry `n` has `n` letters, so that a sentence can end in time. */
const closingWords =
  ',,so,now,once,again,always,at last,together,all along,afterwards,in the rain,without fear,one more time,in plain sight,against the odd'.split(
    ',',
  );

function sentence(random: Random): string {
  const words = `${random.pick(phrases)}, ${random.pick(phrases)}`;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
