import type { ClientSession, Connection, UpdateQuery } from 'mongoose';
import type { EntityKind } from '../domain/template.ts';
import { entityModel, type Place } from './entities.ts';

/** Fields that point at entities of a kind. Lists lose the entry, single fields become null. */
const pointers: Readonly<
  Record<EntityKind, readonly { readonly in: EntityKind; readonly field: string; readonly isList?: boolean }[]>
> = {
  schticks: [
    { in: 'schticks', field: 'prerequisiteId' },
    { in: 'characters', field: 'schtickIds', isList: true },
  ],
  weapons: [],
  characters: [],
  factions: [
    { in: 'characters', field: 'factionId' },
    { in: 'junctures', field: 'factionId' },
  ],
  junctures: [{ in: 'characters', field: 'junctureId' }],
};

/** Makes whatever points at an entity let go of it, inside the transaction that removes it. */
export async function detach(
  database: Connection,
  { kind, campaign, id }: Place,
  session: ClientSession,
): Promise<void> {
  for (const pointer of pointers[kind]) {
    const filter = { campaignId: campaign._id, seedingId: campaign.seedingId, [pointer.field]: id };
    const update = pointer.isList ? { $pull: { [pointer.field]: id } } : { $set: { [pointer.field]: null } };
    await entityModel(database, pointer.in).updateMany(
      filter as never,
      { ...update, $inc: { revision: 1 } } as UpdateQuery<unknown> as never,
      { session },
    );
  }
}
