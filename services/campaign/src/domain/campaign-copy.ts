import { referenceIdOf, rowIdOf } from './ids.ts';
import type {
  EntityKind,
  TemplateCharacter,
  TemplateFaction,
  TemplateJuncture,
  TemplateSchtick,
  TemplateWeapon,
} from './template.ts';

/** What all rows of one copy have in common. */
export type CopyOf = {
  readonly campaignId: string;
  readonly seedingId: string;
  readonly at: Date;
  /** Files by the template's image id. */
  readonly images: ReadonlyMap<string, { readonly assetId: string; readonly url: string }>;
};

/** What every row of a campaign has, whoever made it. */
export type CampaignRow = {
  readonly _id: string;
  readonly campaignId: string;
  readonly seedingId: string;
  /** The template's row that it was copied from; null for a row that somebody made. */
  readonly sourceId: string | null;
  readonly name: string;
  readonly assetId: string | null;
  readonly imageUrl: string | null;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type CopiedRow = CampaignRow & Readonly<Record<string, unknown>>;

/** A row that says: this entity shows that file. */
export type ReferenceRow = {
  readonly _id: string;
  readonly assetId: string;
  readonly entityId: string;
  readonly kind: EntityKind | 'templates';
  readonly campaignId: string | null;
  readonly seedingId: string | null;
  readonly isLive: boolean;
  readonly createdAt: Date;
};

/** Any row of a template that becomes a row of a campaign. */
export type SourceRow = TemplateSchtick | TemplateWeapon | TemplateCharacter | TemplateFaction | TemplateJuncture;

/**
 * The rows of a copy, one per source row, with ids derived from seeding and source: pure, so any run makes the same.
 * Prerequisites are left out; they follow in a pass of their own, once every schtick is there.
 * @throws Error when a source row shows an image that the template does not have.
 */
export function copiedRow(kind: EntityKind, source: SourceRow, copy: CopyOf): CopiedRow {
  const { sourceId, imageId, ...fields } = source;
  const image = copy.images.get(imageId);
  if (!image) throw new Error(`template: ${kind} ${sourceId} shows image ${imageId}, which the template does not have`);
  return {
    ...inCampaign(fields, copy.seedingId),
    ...extraFields[kind],
    _id: rowIdOf(copy.seedingId, sourceId),
    campaignId: copy.campaignId,
    seedingId: copy.seedingId,
    sourceId,
    name: source.name,
    assetId: image.assetId,
    imageUrl: image.url,
    revision: 1,
    createdAt: copy.at,
    updatedAt: copy.at,
  };
}

export function referenceRow(kind: EntityKind, row: CopiedRow): ReferenceRow {
  const { _id, campaignId, seedingId, assetId, createdAt } = row;
  return {
    _id: referenceIdOf(_id, String(assetId)),
    assetId: String(assetId),
    entityId: _id,
    kind,
    campaignId,
    seedingId,
    isLive: true,
    createdAt,
  };
}

/** Fields that a template leaves out because they are the same in every copy. */
const extraFields: Readonly<Record<EntityKind, Readonly<Record<string, unknown>>>> = {
  schticks: { prerequisiteId: null, archetypes: null, isActive: true },
  weapons: { isActive: true },
  characters: { isTemplate: true, isActive: true },
  factions: { isActive: true },
  junctures: { isActive: true },
};

/** Fields named `…SourceId(s)` point at source rows; in the copy they point at the copies. */
function inCampaign(fields: Readonly<Record<string, unknown>>, seedingId: string): Record<string, unknown> {
  const toRow = (sourceId: unknown) => (sourceId === null ? null : rowIdOf(seedingId, String(sourceId)));
  const entries = Object.entries(fields)
    .filter(([name]) => name !== 'prerequisiteSourceId')
    .map(([name, value]) => {
      if (name.endsWith('SourceIds'))
        return [name.replace(/SourceIds$/, 'Ids'), (value as readonly string[]).map(toRow)];
      if (name.endsWith('SourceId')) return [name.replace(/SourceId$/, 'Id'), toRow(value)];
      return [name, value];
    });
  return Object.fromEntries(entries);
}
