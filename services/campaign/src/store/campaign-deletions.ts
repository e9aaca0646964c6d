import type { Connection } from 'mongoose';
import type { Campaign, Deletion } from '../domain/campaign.ts';
import { referenceModel } from './asset-references.ts';
import { campaignModel, keptDeleted, undeleted } from './campaigns.ts';
import { copyRowsIn } from './copy-rows.ts';

export type CampaignDeletions = ReturnType<typeof campaignDeletionsIn>;

export type DeletedCampaign = Campaign & { readonly deletion: Deletion };

type Wish = {
  readonly by: string;
  /** Leaves it alone when somebody has worked in it. */
  readonly unlessChanged?: boolean;
  /** How long it can be restored. Default 0: it is taken apart at once, also one that is kept. */
  readonly keepMs?: number;
};

/**
 * How a campaign goes: first, in one write, out of everybody's reach, seedings and changes included; when its time to be restored is over,
 * and that cannot be undone, its rows, some at a time. What is left of it is a row without content, to which a late request comes instead of making the campaign anew.
 */
export function campaignDeletionsIn(database: Connection) {
  const model = campaignModel(database);
  const rows = copyRowsIn(database);
  const references = referenceModel(database);

  return {
    /**
     * Deletes a campaign. Again keeps who did it first, and until when it can be restored; only a purge of one that is kept comes anew.
     * @returns it as it is then; null when there is none, it is in a pool, or it is changed and was to be left alone then.
     */
    async mark(
      id: string,
      { by, unlessChanged = false, keepMs = 0 }: Wish,
      at = new Date(),
    ): Promise<DeletedCampaign | null> {
      const reach = keepMs > 0 ? undeleted : { $or: [undeleted, keptDeleted] };
      const marked = await model
        .findOneAndUpdate(
          { _id: id, isPool: false, ...reach, ...(unlessChanged && { isChanged: { $ne: true } }) } as never,
          { $set: { deletion: newDeletion(at, by, keepMs), updatedAt: at }, $inc: { revision: 1 } } as never,
          { returnDocument: 'after' },
        )
        .lean<DeletedCampaign>()
        .exec();
      const present = marked ?? (await model.findById(id).lean<DeletedCampaign>().exec());
      const isAsWished = keepMs > 0 || present?.deletion?.state !== 'kept';
      return present?.deletion && isAsWished ? present : null;
    },

    /** Brings back one whose time is not over. @returns null when there is none. */
    restore: (id: string, at = new Date()): Promise<Campaign | null> =>
      model
        .findOneAndUpdate(
          { _id: id, ...keptDeleted, 'deletion.restorableUntil': { $gt: at } } as never,
          { $unset: { deletion: '' }, $set: { updatedAt: at }, $inc: { revision: 1 } } as never,
          { returnDocument: 'after' },
        )
        .lean<Campaign>()
        .exec(),

    /** From now on those whose time is over are `uncommanded`. */
    async endKeeping(at = new Date()): Promise<void> {
      const isOver = { ...keptDeleted, 'deletion.restorableUntil': { $lte: at } };
      await model.updateMany(isOver as never, { $set: { 'deletion.state': 'marked' } } as never);
    },

    /** Notes that its job is safely enqueued. */
    async commanded(id: string): Promise<void> {
      await model.updateOne(
        { _id: id, 'deletion.state': 'marked' } as never,
        { $set: { 'deletion.state': 'commanded' } } as never,
      );
    },

    /** Those whose deleter died before the job was enqueued, and those whose time is over. */
    uncommanded: (markedBefore: Date, limit: number): Promise<DeletedCampaign[]> =>
      model
        .find({ 'deletion.state': 'marked', 'deletion.at': { $lt: markedBefore } } as never)
        .limit(limit)
        .lean<DeletedCampaign[]>()
        .exec(),

    /** Deletes all rows of a campaign; safe to repeat and to interrupt. @returns the files that they showed. */
    async removeRows({ _id, usedSeedingIds, seedingId }: Campaign, signal: AbortSignal): Promise<string[]> {
      const copies = [...new Set([...usedSeedingIds, ...(seedingId ? [seedingId] : [])])];
      const files = (await references.distinct('assetId', { seedingId: { $in: copies } })) as string[];
      for (const copy of copies) {
        signal.throwIfAborted();
        await rows.remove(_id, copy);
      }
      await rows.removeTombstones(_id);
      return files;
    },

    /** Notes that nothing of it is left, and forgets what it was called. */
    async cleaned(id: string): Promise<void> {
      const bare = { name: 'Deleted', description: '', announcement: null };
      await model.updateOne(
        { _id: id, 'deletion.state': { $in: ['marked', 'commanded'] } } as never,
        { $set: { ...bare, 'deletion.state': 'done', updatedAt: new Date() }, $inc: { revision: 1 } } as never,
      );
    },
  };
}

const newDeletion = (at: Date, by: string, keepMs: number): Deletion =>
  keepMs > 0
    ? { at, by, state: 'kept', restorableUntil: new Date(at.getTime() + keepMs) }
    : { at, by, state: 'marked' };
