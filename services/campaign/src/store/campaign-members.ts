import { outboxEvent, storing } from '@millrace/events';
import type { Connection } from 'mongoose';
import type { Campaign } from '../domain/campaign.ts';
import type { Membership } from '../domain/members.ts';
import { campaignModel, type StoredCampaign, undeleted } from './campaigns.ts';

type Decision = {
  readonly fields: Membership;
  /** What becomes true by it, stored with it. */
  readonly fact?: Parameters<typeof outboxEvent>[2];
};

/** Each round that is lost was won by somebody else, so so many are never needed. */
const ROUNDS = 50;

/** Who is let into campaigns. */
export function campaignMembersIn(database: Connection) {
  const model = campaignModel(database);
  return {
    /**
     * Decides by what the campaign is, and writes that as long as it still is so; decides anew when it is not.
     * @param decide null leaves it as it is; what it throws is thrown.
     * @returns it as it is then; null when there is none.
     */
    async change(id: string, decide: (campaign: Campaign) => Decision | null): Promise<StoredCampaign | null> {
      for (let round = 0; round < ROUNDS; round++) {
        const campaign = await model
          .findOne({ _id: id, ...undeleted } as never)
          .lean<StoredCampaign>()
          .exec();
        const decision = campaign && decide(campaign);
        if (!decision) return campaign;
        const changed = await write(campaign, decision);
        if (changed) return changed;
      }
      throw new Error(`campaign ${id} changed ${ROUNDS} times meanwhile; the request may be repeated`);
    },

    /** Campaigns that a person is invited to, newest first. @param after further conditions, for paging. */
    invitedTo: (sub: string, after: Record<string, unknown>, limit: number): Promise<Campaign[]> =>
      model
        .find({ $and: [undeleted, { 'invitations.sub': sub }, after] } as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .lean<Campaign[]>()
        .exec(),
  };

  function write({ _id, revision }: Campaign, { fields, fact }: Decision): Promise<StoredCampaign | null> {
    const at = new Date();
    return model
      .findOneAndUpdate(
        { _id, revision, ...undeleted } as never,
        {
          $set: { ...fields, updatedAt: at },
          $inc: { revision: 1 },
          ...(fact && storing(outboxEvent(_id, revision + 1, fact, at))),
        } as never,
        { returnDocument: 'after' },
      )
      .lean<StoredCampaign>()
      .exec();
  }
}
