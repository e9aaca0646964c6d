import { archived } from './archive-scene-under-test.ts';
import type { SweptScene } from './crash-tools-under-test.ts';
import { deeds, keys, life, long, many } from './life-scenes-under-test.ts';
import { batch, bulk, clock, gates, latest, swept } from './room-scenes-under-test.ts';

export { archived, batch, bulk, clock, deeds, gates, keys, latest, life, long, many, swept };

/** By the names of their exports: together they pass every crash point. */
export const scenes: Readonly<Record<string, SweptScene>> = {
  life,
  long,
  many,
  keys,
  deeds,
  gates,
  latest,
  clock,
  batch,
  bulk,
  swept,
  archived,
};
