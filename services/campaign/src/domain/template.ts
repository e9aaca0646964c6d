/** Everything that a campaign is copied from. Rows know each other by `sourceId`, never by name: names recur. */
export type Template = {
  readonly schticks: readonly TemplateSchtick[];
  readonly weapons: readonly TemplateWeapon[];
  readonly characters: readonly TemplateCharacter[];
  readonly factions: readonly TemplateFaction[];
  readonly junctures: readonly TemplateJuncture[];
  readonly images: readonly TemplateImage[];
};

export const templateKinds = ['schticks', 'weapons', 'characters', 'factions', 'junctures', 'images'] as const;
export type TemplateKind = (typeof templateKinds)[number];

/** The kinds that become rows of a campaign; images are only referred to. */
export const entityKinds = ['schticks', 'weapons', 'characters', 'factions', 'junctures'] as const;
export type EntityKind = (typeof entityKinds)[number];
export type EntityCounts = Readonly<Record<EntityKind, number>>;

type Source = { readonly sourceId: string; readonly name: string; readonly imageId: string };

export type TemplateSchtick = Source & {
  readonly category: string;
  readonly path: string | null;
  readonly description: string;
  readonly color: string;
  readonly bonus: boolean;
  readonly prerequisiteSourceId: string | null;
};

export type TemplateWeapon = Source & {
  readonly description: string;
  readonly category: string;
  readonly juncture: string;
  readonly damage: number;
  readonly concealment: number;
  readonly reloadValue: number;
  readonly mookBonus: number;
  readonly kachunk: boolean;
};

export type TemplateCharacter = Source & {
  readonly actionValues: Readonly<Record<string, string | number>>;
  readonly description: Readonly<Record<string, string>>;
  readonly skills: Readonly<Record<string, number>>;
  readonly wealth: string;
  readonly factionSourceId: string | null;
  readonly junctureSourceId: string | null;
  readonly schtickSourceIds: readonly string[];
};

export type TemplateFaction = Source & { readonly description: string };

export type TemplateJuncture = Source & { readonly description: string; readonly factionSourceId: string | null };

/** A file that already lies at the image provider; a copy refers to it by URL. */
export type TemplateImage = {
  readonly sourceId: string;
  /** Below the provider's URL endpoint, with a leading slash. */
  readonly filePath: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
};

/** Rows of each kind, prerequisite edges, links and image references: what a copy is verified against. */
export type TemplateTotals = EntityCounts & {
  readonly prerequisites: number;
  readonly characterSchticks: number;
  readonly imageReferences: number;
};

export function totalsOf(template: Template): TemplateTotals {
  const counts = Object.fromEntries(entityKinds.map((kind) => [kind, template[kind].length])) as EntityCounts;
  return {
    ...counts,
    prerequisites: template.schticks.filter(({ prerequisiteSourceId }) => prerequisiteSourceId).length,
    characterSchticks: template.characters.reduce((sum, { schtickSourceIds }) => sum + schtickSourceIds.length, 0),
    imageReferences: entityKinds.reduce((sum, kind) => sum + template[kind].length, 0),
  };
}
