import { campaignAssigned } from '@millrace/contracts/campaign';
import { outboxEvent } from '@millrace/events';
import { isDuplicateKey } from '@millrace/jobs';
import { type Context, context } from '@opentelemetry/api';
import type { Connection } from 'mongoose';
import { type Campaign, newCampaign } from '../domain/campaign.ts';
import type { PoolSlot, PoolStatus, PoolType } from '../domain/pool.ts';
import { campaignModel, type StoredCampaign } from './campaigns.ts';

export type PoolMembers = ReturnType<typeof poolMembersIn>;

/** Who wants a campaign, and what it is to be called. */
export type ClaimWish = {
  /** The request's own id: the same request gets the same campaign. */
  readonly token: string;
  /** Whether it may come again. */
  readonly isRepeatable: boolean;
  readonly sub: string;
  readonly name: string;
  readonly description: string;
  /** The request's own trace: others are served by the same command. */
  readonly trace: Context;
};

/** What a request gets: a member, or null when it is to be created cold. */
export type ClaimAnswer = StoredCampaign | null;

/** Who is to get what. */
export type Assignment = { readonly wish: ClaimWish; readonly member: Campaign };

type Counted = Pick<Campaign, 'poolStatus' | 'templateHash' | 'poolCreatedAt'>;

/** Campaigns while they are in a pool, and the one write that gives one to a person. */
export function poolMembersIn(database: Connection) {
  return { ...viewsIn(database), ...changesIn(database) };
}

function changesIn(database: Connection) {
  const model = campaignModel(database);

  async function giveAlike(gifts: readonly Gift[]): Promise<StoredCampaign[]> {
    const [first] = gifts;
    if (!first) return [];
    const { templateHash, revision } = first.member;
    const ids = gifts.map(({ member }) => member._id);
    const change = {
      $arrayElemAt: [{ $literal: gifts.map((gift) => gift.change) }, { $indexOfArray: [ids, '$_id'] }],
    };
    const { matchedCount } = await model.collection.updateMany(
      { _id: { $in: ids }, isPool: true, poolStatus: 'ready', templateHash, revision } as never,
      [{ $replaceWith: { $mergeObjects: ['$$ROOT', change] } }],
    );
    const given = gifts.map((gift) => ({ ...gift.member, ...gift.change }));
    // Nobody was faster: they are what was read, with what was written.
    return matchedCount === given.length ? given : gotAmong(given);
  }

  async function gotAmong(wanted: readonly StoredCampaign[]): Promise<StoredCampaign[]> {
    const tokens = new Map(wanted.map(({ _id, claimToken }) => [_id, claimToken]));
    const found = await model
      .find({ _id: { $in: [...tokens.keys()] } } as never)
      .lean<StoredCampaign[]>()
      .exec();
    return found.filter(({ _id, claimToken }) => claimToken === tokens.get(_id));
  }

  return {
    /** Writes down the campaign of an opened place. Safe to repeat: its id is the place's. */
    async create({ campaignId, pool, type, wantedAt }: PoolSlot): Promise<void> {
      const at = new Date();
      const member = newCampaign(
        {
          _id: String(campaignId),
          name: 'In the pool',
          description: '',
          ownerId: null,
          seedJobId: null,
          isPool: true,
          poolType: type,
          poolStatus: 'building',
          poolKey: pool,
          poolCreatedAt: at,
          ...(wantedAt && { poolWantedAt: wantedAt }),
        },
        at,
      );
      try {
        await model.collection.insertOne(member as never);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },

    /**
     * Gives members to people: each goes only if it is ready, of its template and as it was read; its children are not touched. One command
     * for all that were read at the same revision, which is all of them but rarely.
     * @returns the campaigns that were got, as they are now; who is missing lost a race.
     */
    async give(assignments: readonly Assignment[]): Promise<StoredCampaign[]> {
      const at = new Date();
      const alike = Map.groupBy(assignments, ({ member }) => `${member.revision} ${member.templateHash}`);
      const given = await Promise.all([...alike.values()].map((some) => giveAlike(some.map((one) => giftOf(one, at)))));
      return given.flat();
    },

    /**
     * Takes a member out of the ready or failed ones for good. @param status of the campaign, where the pool's says too little.
     * @returns the member as it is now, or null when somebody else was first.
     */
    retire: (
      id: string,
      { from, to, status }: { from: readonly PoolStatus[]; to: PoolStatus; status?: Campaign['status'] | undefined },
    ): Promise<Campaign | null> =>
      model
        .findOneAndUpdate(
          { _id: id, isPool: true, poolStatus: { $in: [...from] }, ...(status && { status }) } as never,
          { $set: { poolStatus: to, updatedAt: new Date() }, $inc: { revision: 1 } },
          { returnDocument: 'after' },
        )
        .lean<Campaign>()
        .exec(),

    /** The same for all members of a type in this state; their places are put in order by whoever tends the pool next. */
    async retireAll(type: PoolType, from: 'ready' | 'quarantined', to: PoolStatus): Promise<void> {
      // A quarantined one may be at work again, by whoever has retried its job.
      const atRest = from === 'quarantined' ? { status: 'failed' } : {};
      await model.updateMany({ isPool: true, poolType: type, poolStatus: from, ...atRest } as never, {
        $set: { poolStatus: to, updatedAt: new Date() },
        $inc: { revision: 1 },
      });
    },

    /** Deletes a retired member; its rows must be gone already. */
    async remove(id: string): Promise<void> {
      await model.deleteOne({ _id: id, isPool: true, poolStatus: { $in: ['failed', 'stale', 'expired'] } } as never);
    },
  };
}

function viewsIn(database: Connection) {
  const model = campaignModel(database);
  return {
    find: (ids: readonly string[]): Promise<Campaign[]> =>
      model
        .find({ _id: { $in: [...ids] } } as never)
        .lean<Campaign[]>()
        .exec(),

    /** What can be given away: verified, and of this template if one is named. The oldest first. */
    ready: (pools: readonly string[], limit: number, templateHash?: string): Promise<Campaign[]> =>
      model
        .find({
          isPool: true,
          poolKey: { $in: [...pools] },
          poolStatus: 'ready',
          ...(templateHash !== undefined && { templateHash }),
        } as never)
        .sort({ poolCreatedAt: 1 })
        .limit(limit)
        .lean<Campaign[]>()
        .exec(),

    /** Members by pool, status and template. */
    async counted(type: PoolType): Promise<Counted[]> {
      return model
        .find({ isPool: true, poolType: type } as never, { poolStatus: 1, templateHash: 1, poolCreatedAt: 1 })
        .lean<Counted[]>()
        .exec();
    },

    /** A page of the members of a type, newest first. */
    list: (type: PoolType, { after, limit }: { after: Record<string, unknown>; limit: number }): Promise<Campaign[]> =>
      model
        .find({ $and: [{ isPool: true, poolType: type }, after] } as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .lean<Campaign[]>()
        .exec(),

    /** How many of a type were claimed from a time on and before another. Default: ever. */
    claimed: (type: PoolType, { from, to }: { from?: Date | undefined; to?: Date | undefined }): Promise<number> => {
      const times = { ...(from && { $gte: from }), ...(to && { $lt: to }) };
      const activatedAt = from || to ? { activatedAt: times } : {};
      return model.countDocuments({ poolType: type, poolStatus: 'claimed', ...activatedAt } as never).exec();
    },

    /** People who have made a campaign since then, those who made one last first. */
    async activePeople(since: Date, limit: number): Promise<string[]> {
      const rows = await model.collection
        .aggregate<{ _id: string }>([
          { $match: { isPool: false, ownerId: { $ne: null }, createdAt: { $gte: since } } },
          { $group: { _id: '$ownerId', last: { $max: '$createdAt' } } },
          { $sort: { last: -1 } },
          { $limit: limit },
        ])
        .toArray();
      return rows.map(({ _id }) => _id);
    },
  };
}

type Gift = { readonly member: Campaign; readonly change: Partial<StoredCampaign> };

/** What becomes of a member that is given away; the event that tells of it is stored with it. */
function giftOf({ wish, member }: Assignment, at: Date): Gift {
  const revision = member.revision + 1;
  return {
    member,
    change: {
      isPool: false,
      poolStatus: 'claimed',
      ownerId: wish.sub,
      name: wish.name,
      description: wish.description,
      claimToken: wish.token,
      revision,
      createdAt: at,
      updatedAt: at,
      activatedAt: at,
      // Nothing was told of it before: it was nobody's.
      outbox: [context.with(wish.trace, () => outboxEvent(member._id, revision, assigned(member, wish, at), at))],
      outboxAt: at,
    },
  };
}

const assigned = ({ _id, poolType, templateVersion, counts, poolCreatedAt }: Campaign, wish: ClaimWish, at: Date) =>
  campaignAssigned({
    campaignId: _id,
    name: wish.name,
    ownerId: wish.sub,
    poolType: poolType ?? 'master',
    templateVersion: templateVersion ?? 1,
    counts,
    poolAgeMs: Math.max(0, at.getTime() - (poolCreatedAt?.getTime() ?? at.getTime())),
  });
