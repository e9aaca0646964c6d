import { z } from 'zod';
import { poolTypes } from '../domain/pool.ts';
import type { PoolPolicy } from '../domain/pool-policy.ts';

const count = z.int().nonnegative();

const policyFields = {
  min: count.max(1_000).meta({ description: 'The pool never plans for fewer.' }),
  target: count.max(1_000).meta({ description: 'So many are kept ready.' }),
  max: count.max(1_000).meta({ description: 'There are never more, in whatever state.' }),
  low: count.max(1_000).meta({ description: 'At so many ready ones the pool is low.' }),
  critical: count.max(1_000).meta({ description: 'At so many it is critical.' }),
  ttlSeconds: z.int().min(60).max(31_536_000).meta({ description: 'Older members are built anew.' }),
  refill: z.enum(['on-claim', 'schedule', 'both']),
  update: z
    .enum(['recreate', 'on-replenish'])
    .meta({ description: 'Whether a new template replaces ready members at once, or when the pool refills anyway.' }),
  paused: z.boolean().meta({ description: 'Builds nothing more; what is ready can be claimed.' }),
};

const poolPolicy = z.strictObject(policyFields).meta({ id: 'PoolPolicy', description: 'How a pool is kept.' });

/** What a PUT takes: the policy, or the pool as GET gave it. Fields that are left out stay as they are. */
export const policyBody = z
  .looseObject({ ...poolPolicy.partial().shape, policy: poolPolicy.partial().optional() })
  .superRefine(({ policy, ...fields }, { addIssue }) => {
    // Whoever sends the pool sends more than its policy; in a policy every field means something.
    const unknown = policy ? [] : Object.keys(fields).filter((name) => !(name in policyFields));
    for (const name of unknown) addIssue({ code: 'custom', path: [name], message: 'is not known here' });
  })
  .transform(({ policy, ...fields }): Partial<PoolPolicy> => {
    const given = Object.entries(policy ?? fields);
    return Object.fromEntries(given.filter(([, value]) => value !== undefined));
  });

const quantiles = z.object({ p50: z.number().nullable(), p95: z.number().nullable(), p99: z.number().nullable() });

export const poolMetricsResource = z.object({
  hits: count,
  misses: count.meta({ description: 'Campaigns that had to be seeded while the person waited.' }),
  hitRate: z.number().nullable(),
  exhaustionSeconds: count.meta({ description: 'Somebody asked, and nothing was ready.' }),
  claimMs: quantiles.meta({ description: 'Upper bounds.' }),
  builds: count,
  buildMs: z
    .number()
    .nullable()
    .meta({ description: 'From the opening of a place until its campaign is ready, on average.' }),
  refillLagMs: z
    .number()
    .nullable()
    .meta({ description: 'From a claim until the campaign that replaces the claimed one is ready, on average.' }),
  wasted: count.meta({ description: 'Removed without anybody having had them.' }),
  recommended: z.object({ size: count, why: z.string() }),
});

/** What happened in a minute, for charts. */
export const poolPoint = poolMetricsResource
  .pick({
    hits: true,
    misses: true,
    wasted: true,
    builds: true,
    claimMs: true,
    buildMs: true,
    refillLagMs: true,
    exhaustionSeconds: true,
  })
  .extend({ at: z.iso.datetime(), ready: z.int().nullable(), building: z.int().nullable() });

export const poolType = z.enum(poolTypes);

export const poolResource = z
  .object({
    id: z.string(),
    type: poolType,
    status: z.enum(['healthy', 'low', 'critical', 'paused']),
    policy: poolPolicy,
    counts: z.object({
      building: count,
      ready: count,
      claimed: count.meta({ description: 'Given to people so far, deleted ones included.' }),
      failed: count,
      stale: count.meta({ description: 'Ready, but of an older template: never given away.' }),
      quarantined: count,
      expired: count,
    }),
    rollout: z.object({
      templateVersion: z.int().nullable(),
      updated: count.meta({ description: 'Ready members of the current template.' }),
      outdated: count,
    }),
    oldestReadyAt: z.iso.datetime().nullable(),
    metrics: poolMetricsResource.meta({ description: 'Of the last hour.' }),
    levelSince: z.iso.datetime(),
    revision: z.int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Pool', description: 'Campaigns that are kept ready.' });
