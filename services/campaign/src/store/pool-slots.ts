import { modelOf } from '@millrace/service/model';
import type { Connection } from 'mongoose';
import { memberOf, type PoolSlot, type PoolType, slotIdOf } from '../domain/pool.ts';
import { insertMissing } from './insert-missing.ts';

/** The places of the pools. Who opens a place, and who frees it, is decided by one write on its row. */
export function poolSlotsIn(database: Connection) {
  const model = modelOf<PoolSlot>(database, 'pool_slots', [
    [{ pool: 1, number: 1 }],
    [{ type: 1, pool: 1, number: 1 }],
    [{ campaignId: 1 }],
  ]);
  return {
    of: (pool: string): Promise<PoolSlot[]> => model.find({ pool }).sort({ number: 1 }).lean<PoolSlot[]>().exec(),

    ofType: (type: PoolType): Promise<PoolSlot[]> =>
      model.find({ type }).sort({ pool: 1, number: 1 }).lean<PoolSlot[]>().exec(),

    /** Makes the rows of the places 1 to `max` that are not there yet. */
    async prepare({ pool, type, max }: { pool: string; type: PoolType; max: number }): Promise<void> {
      const rows = Array.from({ length: max }, (_, index) => ({
        _id: slotIdOf(pool, index + 1),
        pool,
        type,
        number: index + 1,
        campaignId: null,
        generation: 0,
        failures: 0,
        openedAt: null,
        wantedAt: null,
        updatedAt: new Date(),
      }));
      await insertMissing(model, rows);
    },

    /** Takes a free place for its next campaign, which is wanted since its `wantedAt`. @returns the place as it is now, or null when somebody else took it. */
    async open(slot: PoolSlot): Promise<PoolSlot | null> {
      const generation = slot.generation + 1;
      const campaignId = memberOf({ _id: slot._id, generation });
      const at = new Date();
      return model
        .findOneAndUpdate(
          { _id: slot._id, campaignId: null, generation: slot.generation },
          { $set: { campaignId, generation, openedAt: at, wantedAt: slot.wantedAt ?? null, updatedAt: at } },
          { returnDocument: 'after' },
        )
        .lean<PoolSlot>()
        .exec();
    },

    /** Says that the campaign of a place is being removed: from now on its absence is no half-done opening. */
    async closing(campaignId: string): Promise<void> {
      await model.updateOne({ campaignId } as never, { $set: { openedAt: null, updatedAt: new Date() } });
    },

    /** Goes on for an opener that died. @returns whether the place still is as it was read. */
    async reopen({ _id, campaignId, generation, openedAt }: PoolSlot): Promise<boolean> {
      const { matchedCount } = await model.updateOne({ _id, campaignId, generation, openedAt } as never, {
        $set: { openedAt: new Date(), updatedAt: new Date() },
      });
      return matchedCount === 1;
    },

    /** Frees the places of campaigns that are out of the pool. Of what stands there now nothing else is touched. */
    async free(campaignIds: readonly string[], failures: 'failed' | 'forgiven' = 'forgiven'): Promise<void> {
      await model.updateMany({ campaignId: { $in: [...campaignIds] } } as never, {
        $set: { campaignId: null, updatedAt: new Date(), ...(failures === 'forgiven' && { failures: 0 }) },
        ...(failures === 'failed' && { $inc: { failures: 1 } }),
      });
    },
  };
}
