import { contentHash } from './content-hash.ts';
import { sourceIdOf } from './source-id.ts';
import type { TemplateImage } from './template.ts';
import type { TemplateShape } from './template-shape.ts';

/** Which picture a row shows: categories share one each, so that 643 schticks need 41. */
export type Pictures = {
  schtick(categoryIndex: number): string;
  weapon(categoryIndex: number): string;
  character(index: number): string;
  faction(index: number): string;
  juncture(index: number): string;
};

export function picturesOf({ images, factions }: TemplateShape, volume: number): Pictures {
  const base = { weapon: images.schticks, character: images.schticks + images.weapons };
  const afterCharacters = base.character + images.characters;
  const id = (index: number) => sourceIdOf(volume, 'image', index);
  return {
    schtick: (categoryIndex) => id(categoryIndex % images.schticks),
    weapon: (categoryIndex) => id(base.weapon + (categoryIndex % images.weapons)),
    character: (index) => id(base.character + (index % images.characters)),
    faction: (index) => id(afterCharacters + index),
    juncture: (index) => id(afterCharacters + factions + index),
  };
}

/** The distinct pictures of a volume, in the order in which {@link picturesOf} numbers them. */
export function drawImages(shape: TemplateShape, volume: number, variant: number): TemplateImage[] {
  const { schticks, weapons, characters } = shape.images;
  const count = schticks + weapons + characters + shape.factions + shape.junctures;
  return Array.from({ length: count }, (_, index) => {
    const sourceId = sourceIdOf(volume, 'image', index);
    return {
      sourceId,
      filePath: `/templates/${contentHash({ variant, sourceId }).slice(0, 32)}.png`,
      bytes: bytesOf(index, schticks + weapons),
      width: 1024,
      height: 1536,
    };
  });
}

/**
 * Sizes in bytes, as heavy as real artwork: 1.8 to 3.7 MB, half of all references at 3.3 MB or above.
 * The first pictures belong to the biggest categories, so their sizes decide what a campaign refers to.
 */
const popularKb = [3300, 2300, 3400, 3420, 3300, 2450, 3500, 1900, 3450, 3600];
const rareKb = [3150, 3260, 3350, 3450, 3700];
const singleKb = [1800, 2050, 2300, 2550, 2800, 3050];

function bytesOf(index: number, sharedPictures: number): number {
  const list = index < popularKb.length ? popularKb : index < sharedPictures ? rareKb : singleKb;
  return (list[index % list.length] ?? 0) * 1_000 + index;
}
