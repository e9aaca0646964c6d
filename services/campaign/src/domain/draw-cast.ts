import { type Drawing, drawHistogram, proseOf } from './drawing.ts';
import { sourceIdOf } from './source-id.ts';
import type { TemplateCharacter, TemplateFaction, TemplateJuncture, TemplateSchtick } from './template.ts';
import { callings, factionNames, foeRanks, junctureNames } from './vocabulary.ts';

type Cast = {
  readonly characters: readonly TemplateCharacter[];
  readonly factions: readonly TemplateFaction[];
  readonly junctures: readonly TemplateJuncture[];
};

/** Factions, junctures and the characters that belong to them and know some of the schticks. */
export function drawCast(drawing: Drawing, schticks: readonly TemplateSchtick[]): Cast {
  const factions = drawFactions(drawing);
  const junctures = drawJunctures(drawing, factions);
  return { factions, junctures, characters: drawCharacters(drawing, { schticks, factions, junctures }) };
}

function drawFactions({ shape, volume, random, pictures }: Drawing): TemplateFaction[] {
  return Array.from({ length: shape.factions }, (_, index) => ({
    sourceId: sourceIdOf(volume, 'faction', index),
    name: inVolume(factionNames[index] ?? '', volume),
    description: proseOf(60 + random.below(150), random),
    imageId: pictures.faction(index),
  }));
}

function drawJunctures(
  { shape, volume, random, pictures }: Drawing,
  factions: readonly TemplateFaction[],
): TemplateJuncture[] {
  return Array.from({ length: shape.junctures }, (_, index) => ({
    sourceId: sourceIdOf(volume, 'juncture', index),
    name: inVolume(junctureNames[index] ?? '', volume),
    description: proseOf(60 + random.below(150), random),
    factionSourceId: random.pick(factions).sourceId,
    imageId: pictures.juncture(index),
  }));
}

function drawCharacters(
  { shape, volume, random, pictures }: Drawing,
  { schticks, factions, junctures }: Omit<Cast, 'characters'> & { schticks: readonly TemplateSchtick[] },
): TemplateCharacter[] {
  const links = drawHistogram(shape.links, random);
  const roles = [
    ...callings.slice(0, shape.callings).map((name) => ({ name, type: 'PC' })),
    ...foeRanks.slice(0, shape.foeRanks).map((rank) => ({ name: rank, type: rank })),
  ];
  return roles.map(({ name, type }, index) => {
    // Its own category first, so that a character mostly knows what its calling teaches.
    const known = [...schticks.filter(({ category }) => category === name), ...random.shuffled(schticks)];
    return {
      sourceId: sourceIdOf(volume, 'character', index),
      name: inVolume(name, volume),
      actionValues: {
        Type: type,
        Archetype: type === 'PC' ? name : '',
        MainAttack: random.pick(['Guns', 'Martial Arts', 'Sorcery']),
        Defense: 12 + random.below(4),
        Toughness: 5 + random.below(4),
        Speed: 5 + random.below(4),
        Fortune: 6 + random.below(3),
      },
      description: {
        Appearance: proseOf(50 + random.below(60), random),
        Background: proseOf(80 + random.below(160), random),
      },
      skills: { Deceit: random.below(15), Police: random.below(15), Driving: random.below(15) },
      wealth: random.pick(['Poor', 'Working Stiff', 'Rich']),
      factionSourceId: random.pick(factions).sourceId,
      junctureSourceId: random.pick(junctures).sourceId,
      schtickSourceIds: [...new Set(known.map(({ sourceId }) => sourceId))].slice(0, links[index]),
      imageId: pictures.character(index),
    };
  });
}

const inVolume = (name: string, volume: number) => (volume === 0 ? name : `${name} ${volume + 1}`);
