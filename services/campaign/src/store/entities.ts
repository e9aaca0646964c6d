import { type Index, modelOf } from '@millrace/service/model';
import type { Connection, Model } from 'mongoose';
import type { Campaign } from '../domain/campaign.ts';
import type { CampaignRow } from '../domain/campaign-copy.ts';
import { type EntityKind, entityKinds } from '../domain/template.ts';

/** A row of a campaign with the fields of its kind. */
export type EntityRow = CampaignRow & Readonly<Record<string, unknown>>;

/** An entity of a campaign's current copy. */
export type Place = {
  readonly kind: EntityKind;
  readonly campaign: Pick<Campaign, '_id' | 'seedingId' | 'isChanged'>;
  readonly id: string;
};

/**
 * Each list is sorted the way its index is. Names are unique where the rules of the game ask for it; the index begins with the copy,
 * so an unfinished copy never stands in the way of another.
 */
const indexes: Readonly<Record<EntityKind, readonly Index[]>> = {
  schticks: [[{ campaignId: 1, seedingId: 1, category: 1, name: 1 }, { unique: true }]],
  weapons: [[{ campaignId: 1, seedingId: 1, name: 1 }, { unique: true }]],
  characters: [[{ campaignId: 1, seedingId: 1, name: 1 }]],
  factions: [[{ campaignId: 1, seedingId: 1, name: 1 }]],
  junctures: [[{ campaignId: 1, seedingId: 1, name: 1 }]],
};

export const entityModel = (database: Connection, kind: EntityKind): Model<EntityRow> =>
  modelOf<EntityRow>(database, kind, indexes[kind]);

/** Defines the models of all kinds at once, so that whoever connects sees them and builds their indexes. */
export function defineEntityModels(database: Connection): void {
  for (const kind of entityKinds) entityModel(database, kind);
}
