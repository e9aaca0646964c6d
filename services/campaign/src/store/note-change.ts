import type { ClientSession, Connection } from 'mongoose';
import type { Campaign } from '../domain/campaign.ts';
import type { EntityKind } from '../domain/template.ts';
import { campaignModel, undeleted } from './campaigns.ts';

/**
 * Notes in a campaign that somebody has worked in it, inside the transaction that does the work. A deletion writes the same row,
 * so one of the two comes first. Where it is noted already nothing is written, so changes do not wait for each other.
 * @returns false when the campaign was deleted.
 */
export async function noteChange(
  database: Connection,
  { _id, isChanged }: Pick<Campaign, '_id' | 'isChanged'>,
  session: ClientSession,
): Promise<boolean> {
  if (isChanged) return true;
  const filter = { _id, ...undeleted } as never;
  return (await campaignModel(database).updateOne(filter, { $set: { isChanged: true } }, { session })).matchedCount > 0;
}

/**
 * The same for one entity more or less. It always writes: else a row could be added that a deletion no longer finds.
 * @returns false when the campaign was deleted.
 */
export async function noteCount(
  database: Connection,
  { _id }: Pick<Campaign, '_id'>,
  change: { readonly kind: EntityKind; readonly by: 1 | -1 },
  session: ClientSession,
): Promise<boolean> {
  const $inc = { [`counts.${change.kind}`]: change.by, revision: 1 };
  const update = { $inc, $set: { isChanged: true, updatedAt: new Date() } };
  const filter = { _id, ...undeleted } as never;
  return (await campaignModel(database).updateOne(filter, update, { session })).matchedCount > 0;
}
