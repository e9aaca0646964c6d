import type { Connection, Model } from 'mongoose';
import { type CopiedRow, type ReferenceRow, referenceRow } from '../domain/campaign-copy.ts';
import { rowIdOf } from '../domain/ids.ts';
import { graphChecksum, type Link } from '../domain/prerequisite-graph.ts';
import { type EntityKind, entityKinds, type TemplateSchtick, type TemplateTotals } from '../domain/template.ts';
import { referenceModel } from './asset-references.ts';
import { type EntityRow, entityModel } from './entities.ts';
import { insertMissing } from './insert-missing.ts';

export type CopyRows = ReturnType<typeof copyRowsIn>;

/** What is found of a copy when it is read back. */
export type CopyFound = TemplateTotals & { readonly graph: string };

/** Rows that one command writes or deletes at most: neither memory nor the database is ever filled by one campaign. */
const rowsPerBatch = 1_000;
/** Each updated row searches the batch for its edge, so a batch's cost grows with its square. */
const edgesPerBatch = 250;

/** The rows of a campaign's copy: written, read back, deleted. Every write is safe to repeat, also by a run that lost its campaign. */
export function copyRowsIn(database: Connection) {
  const schticks = entityModel(database, 'schticks');
  const references = referenceModel(database);

  return {
    /** One command for up to a thousand rows. */
    insert: (kind: EntityKind, rows: readonly CopiedRow[]): Promise<void> =>
      inBatches(rows, (batch) => insertMissing(entityModel(database, kind), batch)),

    /** One command for up to a thousand references. */
    refer: (rows: readonly ReferenceRow[]): Promise<void> =>
      inBatches(rows, (batch) => insertMissing(references, batch)),

    /** One command for up to {@link edgesPerBatch} edges. Rows that somebody has changed since (revision) are left alone. */
    connect: (links: readonly Link[], seedingId: string): Promise<void> =>
      inBatches(links, (batch) => connectAll(schticks, batch, seedingId), edgesPerBatch),

    /** The traditional way, for comparison: each row is looked for, inserted, given its picture, and referred to, one after another. */
    async insertSingly(kind: EntityKind, rows: readonly CopiedRow[]): Promise<void> {
      const { collection } = entityModel(database, kind);
      for (const row of rows) {
        const { imageUrl, assetId, ...bare } = row;
        const isThere = await collection.findOne({ _id: row._id as never }, { projection: { _id: 1 } });
        if (!isThere) await insertMissing({ collection }, [{ ...bare, imageUrl: null, assetId: null }]);
        await collection.updateOne({ _id: row._id as never, revision: 1 }, { $set: { imageUrl, assetId } });
        await insertMissing(references, [referenceRow(kind, row)]);
      }
    },

    async connectSingly(links: readonly Link[], seedingId: string): Promise<void> {
      for (const { id, prerequisiteId } of links) {
        await schticks.collection.updateOne({ _id: id as never, seedingId, revision: 1 }, { $set: { prerequisiteId } });
      }
    },

    /** Counts what is really there, and the graph that it forms: one query for each kind. */
    async read(campaignId: string, seedingId: string): Promise<CopyFound> {
      const ofCopy = { campaignId, seedingId };
      const [edges, weapons, characters, factions, junctures, imageReferences] = await Promise.all([
        readLinks(entityModel(database, 'schticks'), ofCopy),
        countRows(entityModel(database, 'weapons'), ofCopy),
        countRows(entityModel(database, 'characters'), ofCopy, { $size: '$schtickIds' }),
        countRows(entityModel(database, 'factions'), ofCopy),
        countRows(entityModel(database, 'junctures'), ofCopy),
        countRows(references, { seedingId, isLive: true }),
      ]);
      return {
        schticks: edges.length,
        weapons: weapons.rows,
        characters: characters.rows,
        factions: factions.rows,
        junctures: junctures.rows,
        imageReferences: imageReferences.rows,
        prerequisites: edges.filter(({ prerequisiteId }) => prerequisiteId).length,
        characterSchticks: characters.links,
        graph: graphChecksum(edges),
      };
    },

    /** Deletes every row of a copy, some at a time. Safe to repeat and to interrupt. */
    async remove(campaignId: string, seedingId: string): Promise<void> {
      for (const kind of entityKinds) await removeAll(entityModel(database, kind), { campaignId, seedingId });
      await removeAll(references, { seedingId });
    },

    /** Deletes what was left to keep the ids of deleted rows; nobody may be copying any more. */
    async removeTombstones(campaignId: string): Promise<void> {
      for (const kind of entityKinds) await removeAll(entityModel(database, kind), { campaignId });
    },
  };
}

/** The edges that a copy of these schticks must have. */
export const linksOf = (sources: readonly TemplateSchtick[], seedingId: string): Link[] =>
  sources.flatMap(({ sourceId, prerequisiteSourceId }) =>
    prerequisiteSourceId
      ? [{ id: rowIdOf(seedingId, sourceId), prerequisiteId: rowIdOf(seedingId, prerequisiteSourceId) }]
      : [],
  );

/** One update of many rows costs a tenth of as many updates of one row: each of those is committed apart. */
async function connectAll(schticks: Model<EntityRow>, links: readonly Link[], seedingId: string): Promise<void> {
  const ids = links.map(({ id }) => id);
  const prerequisites = links.map(({ prerequisiteId }) => prerequisiteId);
  const prerequisiteId = { $arrayElemAt: [prerequisites, { $indexOfArray: [ids, '$_id'] }] };
  const filter = { _id: { $in: ids }, seedingId, revision: 1 };
  await schticks.updateMany(filter as never, [{ $set: { prerequisiteId } }], { updatePipeline: true });
}

type Rows = Model<EntityRow> | Model<ReferenceRow>;

/** One query per collection: a union of them would be one round trip, but scan where the database does not push the filter down. */
async function countRows(
  model: Rows,
  filter: object,
  links: object = { $literal: 0 },
): Promise<{ rows: number; links: number }> {
  const pipeline = [{ $match: filter }, { $group: { _id: null, rows: { $sum: 1 }, links: { $sum: links } } }];
  const [counted] = await (model as Model<EntityRow>).aggregate<{ rows: number; links: number }>(pipeline).exec();
  return counted ?? { rows: 0, links: 0 };
}

async function readLinks(schticks: Model<EntityRow>, filter: object): Promise<Link[]> {
  const rows = await schticks
    .find(filter as never, { prerequisiteId: 1 })
    // All in one answer: a campaign has some thousands at most.
    .batchSize(50_000)
    .lean<{ _id: string; prerequisiteId: string | null }[]>()
    .exec();
  return rows.map(({ _id, prerequisiteId }) => ({ id: _id, prerequisiteId }));
}

async function inBatches<Row>(
  rows: readonly Row[],
  write: (batch: readonly Row[]) => Promise<unknown>,
  size = rowsPerBatch,
): Promise<void> {
  for (let from = 0; from < rows.length; from += size) await write(rows.slice(from, from + size));
}

async function removeAll(model: Rows, filter: Record<string, string>): Promise<void> {
  for (let found = rowsPerBatch; found === rowsPerBatch; ) {
    const rows = await (model as Model<EntityRow>)
      .find(filter as never, { _id: 1 })
      .limit(rowsPerBatch)
      .lean<{ _id: string }[]>()
      .exec();
    if (rows.length > 0) await (model as Model<EntityRow>).deleteMany({ _id: { $in: rows.map(({ _id }) => _id) } });
    found = rows.length;
  }
}
