import { isDuplicateKey } from '@millrace/jobs';
import type { ClientSession, Connection, UpdateQuery } from 'mongoose';
import { referenceIdOf } from '../domain/ids.ts';
import type { EntityKind } from '../domain/template.ts';
import { type Asset, type Assets, assetsIn } from './assets.ts';
import { detach } from './detach.ts';
import { type EntityRow, entityModel, type Place } from './entities.ts';
import { noteChange, noteCount } from './note-change.ts';

/** A name that must be unique is in use already. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken';
}

/** Somebody else has changed the entity since the caller read it. */
export class RevisionMismatch extends Error {
  override readonly name = 'RevisionMismatch';
}

/** The file cannot be referred to: it is being deleted. */
export class AssetGone extends Error {
  override readonly name = 'AssetGone';
}

type Expected = { readonly ifMatch?: number | undefined };
type Fields = Readonly<Record<string, unknown>>;
type Link = Pick<Asset, '_id' | 'url'>;

/**
 * Changes to one entity, each in a transaction over the entity, its campaign, its references and whoever points at it.
 * Null: there is no such entity, or its campaign was deleted.
 */
export const entityChangesIn = (database: Connection) => ({ ...ownChangesIn(database), ...pictureChangesIn(database) });

function ownChangesIn(database: Connection) {
  const assets = assetsIn(database);
  return {
    /** Adds an entity, or returns the one that this id made before. @throws NameTaken. */
    async create({ kind, campaign, id }: Place, fields: Fields): Promise<EntityRow | null> {
      const row = newRow(campaign, id, fields);
      const model = entityModel(database, kind);
      try {
        return await database.transaction(async (session) => {
          if (!(await noteCount(database, campaign, { kind, by: 1 }, session))) return null;
          await model.collection.insertOne(row as never, { session });
          return row;
        });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const earlier = await model
          .findOne({ _id: id, campaignId: campaign._id } as never)
          .lean<EntityRow>()
          .exec();
        if (earlier) return earlier;
        throw new NameTaken(`${kind}: the name ${String(fields['name'])} is taken`, { cause: error });
      }
    },

    update: (place: Place, fields: Fields, expected: Expected = {}): Promise<EntityRow | null> =>
      changing(database, place, expected, (row, session) => {
        const changed = revised(row, fields);
        const write = isRenamed(place.kind, row, changed) ? replace : save;
        return write(database, place.kind, changed, session);
      }),

    /** Whatever points at it lets go. @returns the entity as it was. */
    remove: (place: Place, expected: Expected = {}): Promise<EntityRow | null> =>
      changing(database, place, expected, async (row, session) => {
        const { collection } = entityModel(database, place.kind);
        await collection.deleteOne({ _id: row._id as never }, { session });
        // A rerun of the seeding that was thought dead may still come along; what has its id already, it cannot bring back.
        if (row.sourceId !== null) await collection.insertOne(tombstoneOf(row) as never, { session });
        await noteCount(database, place.campaign, { kind: place.kind, by: -1 }, session);
        await assets.unrefer(row._id, row.assetId, session);
        await detach(database, place, session);
        return row;
      }),
  };
}

type Shown = {
  readonly row: EntityRow | null;
  /** The file that it showed before, when that was another one. */
  readonly before: string | null;
};

function pictureChangesIn(database: Connection) {
  const assets = assetsIn(database);

  async function show(place: Place, asset: Link | null, expected: Expected): Promise<Shown> {
    let before: string | null = null;
    const row = await changing(database, place, expected, async (current, session) => {
      before = current.assetId === asset?._id ? null : current.assetId;
      await assets.unrefer(current._id, before, session);
      if (asset) await refer(assets, place, asset, session);
      else if (!before) return current;
      return save(database, place.kind, showing(current, asset), session);
    });
    return { row, before };
  }

  return {
    /** Shows a stored file. @throws AssetGone. */
    showImage: (place: Place, asset: Link, expected: Expected = {}): Promise<Shown> => show(place, asset, expected),

    hideImage: (place: Place, expected: Expected = {}): Promise<Shown> => show(place, null, expected),
  };
}

/** Reads the entity and changes it in one transaction. @throws NameTaken, RevisionMismatch. */
async function changing(
  database: Connection,
  { kind, campaign, id }: Place,
  { ifMatch }: Expected,
  change: (row: EntityRow, session: ClientSession) => Promise<EntityRow>,
): Promise<EntityRow | null> {
  try {
    return await database.transaction(async (session) => {
      const filter = { _id: id, campaignId: campaign._id, seedingId: campaign.seedingId ?? 'none yet' };
      const row = await entityModel(database, kind)
        .findOne(filter as never, null, { session })
        .lean<EntityRow>()
        .exec();
      if (!row || !(await noteChange(database, campaign, session))) return null;
      if (ifMatch !== undefined && ifMatch !== row.revision) {
        throw new RevisionMismatch(`${kind} ${id} is at revision ${row.revision}, not ${ifMatch}`);
      }
      return change(row, session);
    });
  } catch (error) {
    if (isDuplicateKey(error)) throw new NameTaken(`${kind}: the name is taken`, { cause: error });
    throw error;
  }
}

async function save(
  database: Connection,
  kind: EntityKind,
  row: EntityRow,
  session: ClientSession,
): Promise<EntityRow> {
  const { _id, ...fields } = row;
  await entityModel(database, kind).updateOne({ _id }, { $set: fields } as UpdateQuery<EntityRow>, { session });
  return row;
}

/** Under a unique index a row is deleted and inserted anew: some databases free an old key only with its document. */
async function replace(
  database: Connection,
  kind: EntityKind,
  row: EntityRow,
  session: ClientSession,
): Promise<EntityRow> {
  const { collection } = entityModel(database, kind);
  await collection.deleteOne({ _id: row._id as never }, { session });
  await collection.insertOne(row as never, { session });
  return row;
}

function newRow(campaign: Place['campaign'], id: string, fields: Fields): EntityRow {
  const at = new Date();
  const seedingId = String(campaign.seedingId);
  const own = { _id: id, campaignId: campaign._id, seedingId, sourceId: null, assetId: null, imageUrl: null };
  return { ...fields, ...own, revision: 1, createdAt: at, updatedAt: at } as unknown as EntityRow;
}

const revised = (row: EntityRow, fields: Fields): EntityRow => ({
  ...row,
  ...fields,
  revision: row.revision + 1,
  updatedAt: new Date(),
});

const showing = (row: EntityRow, asset: Link | null): EntityRow =>
  revised(row, { assetId: asset?._id ?? null, imageUrl: asset?.url ?? null });

const uniqueFields: Readonly<Partial<Record<EntityKind, readonly string[]>>> = {
  schticks: ['category', 'name'],
  weapons: ['name'],
};

const isRenamed = (kind: EntityKind, row: EntityRow, changed: EntityRow): boolean =>
  (uniqueFields[kind] ?? []).some((field) => row[field] !== changed[field]);

/** Holds the id, and nothing that a reader sees or a name that somebody wants. */
const tombstoneOf = ({ _id, campaignId }: EntityRow) => ({
  _id,
  campaignId,
  seedingId: `deleted:${_id}`,
  category: '',
  name: _id,
  deletedAt: new Date(),
});

async function refer(
  assets: Assets,
  { kind, campaign, id }: Place,
  asset: Pick<Asset, '_id'>,
  session: ClientSession,
): Promise<void> {
  const reference = {
    _id: referenceIdOf(id, asset._id),
    assetId: asset._id,
    entityId: id,
    kind,
    campaignId: campaign._id,
    seedingId: campaign.seedingId,
    isLive: true,
    createdAt: new Date(),
  };
  const stored = await assets.refer(reference, session);
  if (!stored) throw new AssetGone(`file ${asset._id} is being deleted`);
}
