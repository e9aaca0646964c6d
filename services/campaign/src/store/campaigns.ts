import type { OutboxFields } from '@millrace/events';
import type { ClientSession, Connection, Model } from 'mongoose';
import { type Campaign, newCampaign } from '../domain/campaign.ts';
import { isDuplicateKey, modelOf } from './model.ts';

/** A campaign with the facts about it that no job tells. */
export type StoredCampaign = Campaign & OutboxFields;

export type Campaigns = ReturnType<typeof campaignsIn>;

export const campaignModel = (database: Connection): Model<Campaign> =>
  modelOf<Campaign>(database, 'campaigns', [
    [{ ownerId: 1, createdAt: -1, _id: -1 }],
    [{ createdAt: -1, _id: -1 }],
    [{ updatedAt: 1, _id: 1 }],
    [{ seedEnqueuedAt: 1, createdAt: 1 }, { partialFilterExpression: { status: 'building' } }],
    [{ poolKey: 1, poolStatus: 1, poolCreatedAt: 1 }, { partialFilterExpression: { isPool: true } }],
    [{ poolType: 1, activatedAt: -1 }, { partialFilterExpression: { poolStatus: 'claimed' } }],
    [{ 'deletion.at': 1 }, { partialFilterExpression: { 'deletion.state': 'marked' } }],
    [{ outboxAt: 1 }, { partialFilterExpression: { outboxAt: { $exists: true } } }],
  ]);

/** What nobody has deleted. */
export const undeleted = { deletion: null } as const;

type ListOptions = { ownerId: string | undefined; after: Record<string, unknown>; limit: number };

/** Campaigns as people see and change them; what a seeding does to them is in `seedings.ts`. */
export function campaignsIn(database: Connection) {
  const model = campaignModel(database);
  return {
    /** Inserts a campaign, or returns the one that has this id already. */
    async create(given: Parameters<typeof newCampaign>[0], at = new Date()): Promise<Campaign> {
      const campaign = newCampaign(given, at);
      try {
        await model.collection.insertOne(campaign as never);
        return campaign;
      } catch (error) {
        const earlier = isDuplicateKey(error) && (await this.findAny(campaign._id));
        if (!earlier) throw error;
        return earlier;
      }
    },

    find: (id: string, session?: ClientSession): Promise<Campaign | null> =>
      model
        .findOne({ _id: id, ...undeleted } as never, null, { session: session ?? null })
        .lean<Campaign>()
        .exec(),

    /** Also one that was deleted. */
    findAny: (id: string): Promise<Campaign | null> => model.findById(id).lean<Campaign>().exec(),

    /** Newest first. @param ownerId undefined lists everybody's. @param after further conditions, for paging. */
    list: ({ ownerId, after, limit }: ListOptions): Promise<Campaign[]> =>
      model
        .find({ $and: [undeleted, ownerId === undefined ? {} : { ownerId }, after] } as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .lean<Campaign[]>()
        .exec(),

    /** What changed or was deleted at or after a time, oldest change first. @param ownerId undefined lists everybody's. */
    changedSince: (
      since: Date,
      { ownerId, limit }: { ownerId?: string | undefined; limit: number },
    ): Promise<Campaign[]> =>
      model
        .find({ updatedAt: { $gte: since }, ...(ownerId !== undefined && { ownerId }) } as never)
        .sort({ updatedAt: 1, _id: 1 })
        .limit(limit)
        .lean<Campaign[]>()
        .exec(),

    /** Remembers which job seeds a campaign that is not ready, and that the job is safely enqueued. */
    async seedingEnqueued(id: string, jobId: string): Promise<void> {
      await model.updateOne(
        { _id: id, status: { $ne: 'ready' } },
        { $set: { seedJobId: jobId, seedEnqueuedAt: new Date() } },
      );
    },

    /** Campaigns whose creator died before the seeding was enqueued. */
    unseeded: (createdBefore: Date, limit: number): Promise<Campaign[]> =>
      model
        .find({ ...undeleted, status: 'building', seedEnqueuedAt: null, createdAt: { $lt: createdBefore } } as never)
        .limit(limit)
        .lean<Campaign[]>()
        .exec(),
  };
}
