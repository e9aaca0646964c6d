import type { Connection, Model, QueryFilter, UpdateQuery } from 'mongoose';
import type { ReferenceRow } from '../domain/campaign-copy.ts';
import { referenceModel } from './asset-references.ts';
import { type Asset, assetModel } from './assets.ts';

export type AssetPurges = ReturnType<typeof assetPurgesIn>;

/** What one purge works on at once; the provider deletes as many in one call. */
const assetsPerPurge = 100;

const assetsPerLook = 500;

/**
 * Files on the way out. The order is what keeps a reference from dangling: a purge first announces itself on the asset (`purging`),
 * then looks for references once more, and then decides (`deleting`) by a write that only matches what is still `purging`.
 * A new reference writes the asset too, back to `stored`, so one of the two comes first. Files of templates never leave.
 * @param graceMs how long a file stays after its last reference.
 */
export function assetPurgesIn(database: Connection, { graceMs }: { graceMs: number }) {
  const parts = { database, graceMs, model: assetModel(database), references: referenceModel(database) };
  return { ...marksOf(parts), ...takingOf(parts), ...endsOf(parts) };
}

type Parts = {
  readonly database: Connection;
  readonly graceMs: number;
  readonly model: Model<Asset>;
  readonly references: Model<ReferenceRow>;
};

function marksOf(parts: Parts) {
  const { model } = parts;
  return {
    /** Begins the grace period of those that nothing refers to. A reference that is made at the same moment wins. @returns how many. */
    async markUnreferenced(ids: readonly string[]): Promise<number> {
      const seen = await read(model, { ...unmarked, _id: { $in: [...ids] } });
      const used = await referredTo(parts, seen);
      let marked = 0;
      for (const { _id, revision } of seen.filter((asset) => !used.includes(asset._id))) {
        const mark = { $currentDate: { unreferencedAt: true, updatedAt: true } } as UpdateQuery<Asset>;
        marked += await change(model, { _id, state: 'stored', revision }, mark);
      }
      return marked;
    },

    /** The same for all files: catches those whose last user died before telling. */
    async markAllUnreferenced(): Promise<void> {
      for (let after = ''; ; ) {
        const page = await read(model, { ...unmarked, _id: { $gt: after } }, assetsPerLook);
        await this.markUnreferenced(page.map(({ _id }) => _id));
        const last = page.at(-1);
        if (!last || page.length < assetsPerLook) return;
        after = last._id;
      }
    },
  };
}

function takingOf(parts: Parts) {
  const { database, graceMs, model } = parts;
  return {
    /**
     * Takes what is due, and what an interrupted purge has left. @param only these; all when undefined.
     * @returns files that may be deleted now, at most 100; no reference can be made to them any more.
     */
    async take(only: readonly string[] | undefined): Promise<Asset[]> {
      const among = only ? { _id: { $in: [...only] } } : {};
      const dueBefore = new Date((await now(database)).getTime() - graceMs);
      const due = { source: 'upload', state: 'stored', unreferencedAt: { $ne: null, $lte: dueBefore } };
      const chosen = await read(model, { ...among, $or: [due, { state: 'purging' }] }, assetsPerPurge);
      await change(model, { ...due, ...oneOf(chosen) }, { $set: { state: 'purging' } });

      const used = await referredTo(parts, chosen);
      await change(
        model,
        { _id: { $in: used }, state: 'purging' },
        { $set: { state: 'stored', unreferencedAt: null } },
      );
      const free = chosen.filter(({ _id }) => !used.includes(_id));
      await change(model, { ...oneOf(free), state: 'purging' }, { $set: { state: 'deleting' } });

      return read(model, { ...among, state: 'deleting' }, assetsPerPurge);
    },

    /** How long until the next file is due; 0 when one is, null when none will be. */
    async nextDueInMs(): Promise<number | null> {
      const waiting = {
        source: 'upload',
        state: { $in: ['stored', 'purging', 'deleting'] },
        unreferencedAt: { $ne: null },
      };
      const next = await model
        .findOne(waiting as QueryFilter<Asset>)
        .sort({ unreferencedAt: 1 })
        .lean<Asset>()
        .exec();
      if (!next?.unreferencedAt) return null;
      return Math.max(0, next.unreferencedAt.getTime() + graceMs - (await now(database)).getTime());
    },
  };
}

function endsOf({ model }: Parts) {
  return {
    /** Notes what the CDN was asked. */
    async purgeRequested(_id: string, purgeRequestId: string): Promise<void> {
      await change(model, { _id, state: 'deleting' }, { $set: { purgeRequestId } });
    },

    /** Leaves a tombstone: the same bytes may be uploaded again. */
    async purged(_id: string): Promise<void> {
      const tombstone = {
        state: 'purged',
        fileId: null,
        unreferencedAt: null,
        purgeRequestId: null,
        updatedAt: new Date(),
      };
      await change(model, { _id, state: 'deleting' }, { $set: tombstone });
    },
  };
}

const unmarked = { source: 'upload', state: 'stored', unreferencedAt: null };

const oneOf = (assets: readonly Asset[]) => ({ _id: { $in: assets.map(({ _id }) => _id) } });

const read = (model: Model<Asset>, filter: object, limit = assetsPerLook): Promise<Asset[]> =>
  model
    .find(filter as QueryFilter<Asset>)
    .sort({ _id: 1 })
    .limit(limit)
    .lean<Asset[]>()
    .exec();

/** @returns how many it changed. */
async function change(model: Model<Asset>, filter: object, update: UpdateQuery<Asset>): Promise<number> {
  const revising = { ...update, $inc: { revision: 1 } } as UpdateQuery<Asset>;
  return (await model.updateMany(filter as QueryFilter<Asset>, revising)).modifiedCount;
}

const referredTo = async ({ references }: Parts, assets: readonly Asset[]): Promise<string[]> =>
  (await references.distinct('assetId', { assetId: oneOf(assets)._id, isLive: true })) as string[];

/** The database's clock: replicas' own clocks must not decide when a file goes. */
async function now(database: Connection): Promise<Date> {
  const { localTime } = await database.getClient().db(database.name).command({ hello: 1 });
  return localTime as Date;
}
