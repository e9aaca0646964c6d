import { drawCast } from './draw-cast.ts';
import { drawImages, picturesOf } from './draw-images.ts';
import { drawSchticks } from './draw-schticks.ts';
import { drawWeapons } from './draw-weapons.ts';
import { createRandom } from './random.ts';
import type { Template } from './template.ts';
import { type ProfileName, profiles, type TemplateShape } from './template-shape.ts';

/**
 * Makes a master template: the figures come from the profile's shape, the words from `variant`.
 * The same arguments give the same template on every machine; another variant gives other words in the same shape.
 * | profile | schticks | edges | pictures |
 * | tiny | 20 | 7 | 12 |
 * | full | 643 | 130 | 105 |
 * | huge | 6430 | 1300 | 1050 |
 */
export function generateTemplate(profile: ProfileName, { variant = 1 } = {}): Template {
  const { shape, volumes } = profiles[profile];
  const takenNames = new Set<string>();
  const parts = Array.from({ length: volumes }, (_, volume) => drawVolume(shape, volume, variant, takenNames));
  return {
    schticks: parts.flatMap(({ schticks }) => schticks),
    weapons: parts.flatMap(({ weapons }) => weapons),
    characters: parts.flatMap(({ characters }) => characters),
    factions: parts.flatMap(({ factions }) => factions),
    junctures: parts.flatMap(({ junctures }) => junctures),
    images: parts.flatMap(({ images }) => images),
  };
}

/** One whole shape; `takenNames` keeps names of different volumes apart. */
function drawVolume(shape: TemplateShape, volume: number, variant: number, takenNames: Set<string>): Template {
  const draw = {
    shape,
    volume,
    random: createRandom(variant * 1_000 + volume),
    takenNames,
    pictures: picturesOf(shape, volume),
  };
  const schticks = drawSchticks(draw);
  const weapons = drawWeapons(draw);
  return { schticks, weapons, ...drawCast(draw, schticks), images: drawImages(shape, volume, variant) };
}
