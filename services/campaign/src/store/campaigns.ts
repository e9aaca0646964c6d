import type { OutboxFields } from '@millrace/events';
import { together } from '@millrace/jobs';
import { modelOf } from '@millrace/service/model';
import type { ClientSession, Connection, Model } from 'mongoose';
import { type Campaign, newCampaign } from '../domain/campaign.ts';
import { insertMissing } from './insert-missing.ts';

/** A campaign with the facts about it that no job tells. */
export type StoredCampaign = Campaign & OutboxFields;

export type Campaigns = ReturnType<typeof campaignsIn>;

export const campaignModel = (database: Connection): Model<Campaign> =>
  modelOf<Campaign>(database, 'campaigns', [
    [{ ownerId: 1, createdAt: -1, _id: -1 }],
    [{ createdAt: -1, _id: -1 }],
    [{ 'members.sub': 1, createdAt: -1, _id: -1 }, { partialFilterExpression: { 'members.sub': { $exists: true } } }],
    [
      { 'invitations.sub': 1, createdAt: -1, _id: -1 },
      { partialFilterExpression: { 'invitations.sub': { $exists: true } } },
    ],
    [{ updatedAt: 1, _id: 1 }],
    [{ seedEnqueuedAt: 1, createdAt: 1 }, { partialFilterExpression: { status: 'building' } }],
    [{ poolKey: 1, poolStatus: 1, poolCreatedAt: 1 }, { partialFilterExpression: { isPool: true } }],
    [{ poolType: 1, createdAt: -1, _id: -1 }, { partialFilterExpression: { isPool: true } }],
    [{ poolType: 1, activatedAt: -1 }, { partialFilterExpression: { poolStatus: 'claimed' } }],
    [{ 'deletion.at': 1 }, { partialFilterExpression: { 'deletion.state': 'marked' } }],
    [{ 'deletion.restorableUntil': 1 }, { partialFilterExpression: { 'deletion.state': 'kept' } }],
    [{ outboxAt: 1 }, { partialFilterExpression: { outboxAt: { $exists: true } } }],
  ]);

/** What nobody has deleted. */
export const undeleted = { deletion: null } as const;

/** What can be restored. */
export const keptDeleted = { 'deletion.state': 'kept' } as const;

type ListOptions = {
  /** Whose own, and those that they were let into; undefined for everybody's. */
  readonly sub: string | undefined;
  /** Those that can be restored, instead of those that are there; of a person only their own. */
  readonly isDeleted?: boolean;
  /** Further conditions, for paging. */
  readonly after: Record<string, unknown>;
  readonly limit: number;
};

const ownedBy = (sub: string | undefined) => (sub === undefined ? {} : { ownerId: sub });

const openTo = (sub: string | undefined) =>
  sub === undefined ? {} : { $or: [{ ownerId: sub }, { 'members.sub': sub }] };

/** Campaigns as people see and change them; what a seeding does to them is in `seedings.ts`. */
export function campaignsIn(database: Connection) {
  const model = campaignModel(database);
  const creations = together(insertAll);
  const handovers = together(noteAll);
  return {
    /** Inserts a campaign, or returns the one that has this id already. Those of the same moment are inserted together. */
    create: (given: Parameters<typeof newCampaign>[0], at = new Date()): Promise<Campaign> =>
      creations.get(newCampaign(given, at)),

    find: (id: string, session?: ClientSession): Promise<Campaign | null> =>
      model
        .findOne({ _id: id, ...undeleted } as never, null, { session: session ?? null })
        .lean<Campaign>()
        .exec(),

    /** Also one that was deleted. */
    findAny: (id: string): Promise<Campaign | null> => model.findById(id).lean<Campaign>().exec(),

    /** Newest first. */
    list: ({ sub, isDeleted = false, after, limit }: ListOptions): Promise<Campaign[]> =>
      model
        .find({ $and: [...(isDeleted ? [keptDeleted, ownedBy(sub)] : [undeleted, openTo(sub)]), after] } as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .lean<Campaign[]>()
        .exec(),

    /** What changed or was deleted at or after a time, oldest change first. @param sub as in `list`. */
    changedSince: (since: Date, { sub, limit }: { sub?: string | undefined; limit: number }): Promise<Campaign[]> =>
      model
        .find({ $and: [{ updatedAt: { $gte: since } }, openTo(sub)] } as never)
        .sort({ updatedAt: 1, _id: 1 })
        .limit(limit)
        .lean<Campaign[]>()
        .exec(),

    /** Remembers which job seeds a campaign that is not ready, and that the job is safely enqueued. */
    seedingEnqueued: (id: string, jobId: string): Promise<void> => handovers.get({ id, jobId }),

    /** Campaigns whose creator died before the seeding was enqueued. */
    unseeded: (createdBefore: Date, limit: number): Promise<Campaign[]> =>
      model
        .find({ ...undeleted, status: 'building', seedEnqueuedAt: null, createdAt: { $lt: createdBefore } } as never)
        .limit(limit)
        .lean<Campaign[]>()
        .exec(),
  };

  async function insertAll(campaigns: readonly Campaign[]): Promise<Campaign[]> {
    const isNew = await insertMissing(model, campaigns);
    const taken = campaigns.flatMap(({ _id }, index) => (isNew[index] ? [] : [_id]));
    if (taken.length === 0) return [...campaigns];
    const earlier = await model
      .find({ _id: { $in: taken } } as never)
      .lean<Campaign[]>()
      .exec();
    const byId = new Map(earlier.map((campaign) => [campaign._id, campaign]));
    return campaigns.map((campaign, index) => (isNew[index] ? campaign : (byId.get(campaign._id) ?? campaign)));
  }

  async function noteAll(handovers: readonly Handover[]): Promise<undefined[]> {
    const at = new Date();
    const notes = handovers.map(({ id, jobId }) => ({
      updateOne: {
        filter: { _id: id, status: { $ne: 'ready' } },
        update: { $set: { seedJobId: jobId, seedEnqueuedAt: at } },
      },
    }));
    await model.collection.bulkWrite(notes as never, { ordered: false });
    return handovers.map(() => undefined);
  }
}

/** A campaign's first seeding is commanded, by this job. */
type Handover = { readonly id: string; readonly jobId: string };
