import { poolCritical, poolLow, poolRecovered } from '@millrace/contracts/campaign';
import { type OutboxFields, outboxEvent, storing } from '@millrace/events';
import { modelOf } from '@millrace/service/model';
import type { Connection } from 'mongoose';
import { type PoolType, poolTypes } from '../domain/pool.ts';
import { defaultPolicies, type PoolLevel, type PoolPolicy, withTarget } from '../domain/pool-policy.ts';
import { insertMissing } from './insert-missing.ts';

/** A kind of pool: its policy, and how it stands. */
export type Pool = OutboxFields & {
  readonly _id: PoolType;
  readonly policy: PoolPolicy;
  readonly level: PoolLevel;
  readonly levelSince: Date;
  /** From running low until recovered; null while all is well. */
  readonly incidentId: string | null;
  /** The worst level that was told in this incident: only a worse one is news. */
  readonly told: PoolLevel;
  /** Since when nothing could be given though somebody asked; null while something can. */
  readonly exhaustedSince: Date | null;
  /** Campaigns claimed before a time; missing before they were first added up. */
  readonly claimed?: { readonly until: Date; readonly count: number };
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type Pools = ReturnType<typeof poolsIn>;

const eventOf = { low: poolLow, critical: poolCritical, healthy: poolRecovered } as const;

export function poolsIn(database: Connection) {
  const model = modelOf<Pool>(database, 'pools', [
    [{ outboxAt: 1 }, { partialFilterExpression: { outboxAt: { $exists: true } } }],
  ]);
  return {
    /** Both kinds, with their default policies, unless they are there. @param masterTarget of the common pool; default the policy's. */
    async ensure({ masterTarget = defaultPolicies.master.target }: { masterTarget?: number } = {}): Promise<void> {
      const policies = { ...defaultPolicies, master: withTarget(defaultPolicies.master, masterTarget) };
      await insertMissing(
        model,
        poolTypes.map((type) => newPool(type, policies[type], new Date())),
      );
    },

    list: (): Promise<Pool[]> => model.find().sort({ _id: 1 }).lean<Pool[]>().exec(),

    /** @throws Error before {@link ensure} has run. */
    async find(type: PoolType): Promise<Pool> {
      const pool = await model.findById(type).lean<Pool>().exec();
      if (!pool) throw new Error(`pool ${type} is not set up yet`);
      return pool;
    },

    /** Whether members of this kind are kept at all; not before {@link ensure} has run. */
    isKept: async (type: PoolType): Promise<boolean> =>
      (await model.exists({ _id: type, 'policy.target': { $gt: 0 } } as never)) !== null,

    async setPolicy(type: PoolType, policy: Partial<PoolPolicy>): Promise<Pool> {
      const fields = Object.fromEntries(Object.entries(policy).map(([name, value]) => [`policy.${name}`, value]));
      const changed = await model
        .findByIdAndUpdate(
          type,
          { $set: { ...fields, updatedAt: new Date() }, $inc: { revision: 1 } },
          { returnDocument: 'after' },
        )
        .lean<Pool>()
        .exec();
      if (!changed) throw new Error(`pool ${type} is not set up yet`);
      return changed;
    },

    /**
     * Notes how a pool stands. A change of level and the event that tells of it are one write, so each is told once; an incident
     * lasts from the first low or critical look until the pool is healthy again. @returns the pool if this call changed it.
     */
    async setLevel(pool: Pool, level: PoolLevel, ready: number): Promise<Pool | null> {
      if (pool.level === level) return null;
      const at = new Date();
      const incidentId = pool.incidentId ?? `${pool._id}:${at.toISOString()}`;
      const data = { type: pool._id, ready, target: pool.policy.target, incidentId };
      const isNews = level === 'healthy' || (level === 'critical' ? pool.told !== 'critical' : pool.told === 'healthy');
      const event = isNews && outboxEvent(pool._id, pool.revision + 1, eventOf[level](data), at);
      return model
        .findOneAndUpdate(
          { _id: pool._id, revision: pool.revision },
          {
            $set: {
              level,
              levelSince: at,
              incidentId: level === 'healthy' ? null : incidentId,
              updatedAt: at,
              ...(isNews && { told: level }),
            },
            $inc: { revision: 1 },
            ...(event && storing(event)),
          } as never,
          { returnDocument: 'after' },
        )
        .lean<Pool>()
        .exec();
    },

    /** Keeps a sum of claims, unless somebody else has added up meanwhile. */
    async sumClaimed({ _id, claimed }: Pool, sum: { until: Date; count: number }): Promise<void> {
      const unchanged = { 'claimed.until': claimed?.until ?? { $exists: false } };
      await model.updateOne({ _id, ...unchanged } as never, { $set: { claimed: sum } });
    },

    /** Somebody asked and nothing was there. */
    async exhausted(type: PoolType, at: Date): Promise<void> {
      await model.updateOne({ _id: type, exhaustedSince: null } as never, { $set: { exhaustedSince: at } });
    },

    /** Something is there again. @returns how long nothing was, in milliseconds; 0 when something was all along. */
    async refilled(type: PoolType, at: Date): Promise<number> {
      const before = await model
        .findOneAndUpdate({ _id: type, exhaustedSince: { $ne: null } } as never, { $set: { exhaustedSince: null } })
        .lean<Pool>()
        .exec();
      return before?.exhaustedSince ? Math.max(0, at.getTime() - before.exhaustedSince.getTime()) : 0;
    },
  };
}

const newPool = (type: PoolType, policy: PoolPolicy, at: Date): Pool => ({
  _id: type,
  policy,
  level: 'healthy',
  told: 'healthy',
  levelSince: at,
  incidentId: null,
  exhaustedSince: null,
  revision: 1,
  createdAt: at,
  updatedAt: at,
});
