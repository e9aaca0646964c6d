import { type Drawing, drawHistogram, freshName, proseOf } from './drawing.ts';
import { sourceIdOf } from './source-id.ts';
import type { TemplateWeapon } from './template.ts';
import type { TemplateShape } from './template-shape.ts';
import { feats, makers } from './vocabulary.ts';

/** All weapons of a volume. */
export function drawWeapons({ shape, volume, random, takenNames, pictures }: Drawing): TemplateWeapon[] {
  const { weapons } = shape;
  const damage = drawHistogram(weapons.damage, random);
  const concealment = drawHistogram(weapons.concealment, random);
  const reloadValue = drawHistogram(weapons.reloadValue, random);
  return placesOf(weapons).map(({ category, categoryIndex, juncture }, index) => ({
    sourceId: sourceIdOf(volume, 'weapon', index),
    name: freshName(takenNames, () => `${random.pick(makers)} ${random.pick(feats)} ${random.below(90) + 10}`),
    description: proseOf(40 + random.below(120), random),
    category,
    juncture,
    damage: damage[index] ?? 0,
    concealment: concealment[index] ?? 0,
    reloadValue: reloadValue[index] ?? 0,
    mookBonus: random.below(3),
    kachunk: category === 'Shotguns',
    imageId: pictures.weapon(categoryIndex),
  }));
}

function placesOf({ categories, ancient }: TemplateShape['weapons']) {
  const rows = categories.flatMap(([category, count], categoryIndex) =>
    Array.from({ length: count }, () => ({ category, categoryIndex })),
  );
  const ancientLeft = [...ancient];
  return rows.map((row) => {
    const match = ancientLeft.indexOf(row.category);
    if (match >= 0) ancientLeft.splice(match, 1);
    return { ...row, juncture: match >= 0 ? 'Ancient' : 'Modern' };
  });
}
