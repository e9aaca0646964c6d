import type { Connection } from 'mongoose';
import type { Campaign } from '../domain/campaign.ts';
import { type EntityCounts, type EntityKind, entityKinds } from '../domain/template.ts';
import { type EntityRow, entityModel } from './entities.ts';

export type EntityLists = ReturnType<typeof entityListsIn>;

type Owner = Pick<Campaign, '_id' | 'seedingId'>;

/** What a campaign holds, as its readers see it: only rows of its current copy. Before there is one, nothing. */
export function entityListsIn(database: Connection) {
  const visible = ({ _id, seedingId }: Owner) => ({ campaignId: _id, seedingId: seedingId ?? 'none yet' });

  const count = (kind: EntityKind, campaign: Owner): Promise<number> =>
    entityModel(database, kind)
      .countDocuments(visible(campaign) as never)
      .exec();

  return {
    find: (kind: EntityKind, campaign: Owner, id: string): Promise<EntityRow | null> =>
      entityModel(database, kind)
        .findOne({ ...visible(campaign), _id: id } as never)
        .lean<EntityRow>()
        .exec(),

    /** @param filter further conditions. @param sort in the order of the kind's index. */
    list: (
      kind: EntityKind,
      campaign: Owner,
      { filter, sort, limit }: { filter: Record<string, unknown>; sort: Record<string, 1 | -1>; limit: number },
    ): Promise<EntityRow[]> =>
      entityModel(database, kind)
        .find({ $and: [visible(campaign), filter] } as never)
        .sort(sort)
        .limit(limit)
        .lean<EntityRow[]>()
        .exec(),

    async counts(campaign: Owner): Promise<EntityCounts> {
      const entries = await Promise.all(entityKinds.map(async (kind) => [kind, await count(kind, campaign)] as const));
      return Object.fromEntries(entries) as EntityCounts;
    },

    /** Which of these ids the campaign does not have. */
    async missing(kind: EntityKind, campaign: Owner, ids: readonly string[]): Promise<string[]> {
      if (ids.length === 0) return [];
      const filter = { ...visible(campaign), _id: { $in: [...ids] } };
      const found = await entityModel(database, kind)
        .find(filter as never, { _id: 1 })
        .lean<{ _id: string }[]>()
        .exec();
      const known = new Set(found.map(({ _id }) => _id));
      return ids.filter((id) => !known.has(id));
    },

    /** Every schtick's prerequisite. */
    async prerequisites(campaign: Owner): Promise<Map<string, string | null>> {
      const rows = await entityModel(database, 'schticks')
        .find(visible(campaign) as never, { prerequisiteId: 1 })
        .lean<{ _id: string; prerequisiteId: string | null }[]>()
        .exec();
      return new Map(rows.map(({ _id, prerequisiteId }) => [_id, prerequisiteId ?? null]));
    },
  };
}
