import { cleanPool, replenishPool } from '@millrace/contracts/campaign';
import type { Jobs } from '@millrace/jobs';
import {
  accepted,
  invalidInput,
  jobResource,
  pageOf,
  pageQuery,
  paging,
  type Route,
  route,
  wholeListQuery,
} from '@millrace/service';
import { z } from 'zod';
import { policyFaults } from '../domain/pool-policy.ts';
import type { CampaignStore } from '../store/campaign-store.ts';
import { campaignResource, toCampaignResource } from './campaign-resource.ts';
import { policyBody, poolMetricsResource, poolPoint, poolResource, poolType } from './pool-resource.ts';
import { historyOfPool, viewOfPool } from './pool-view.ts';

type Deps = {
  readonly store: Pick<CampaignStore, 'pools' | 'members' | 'minutes' | 'templates'>;
  readonly jobs: Jobs;
};

/** The pools: how they stand, how they are kept, and what an operator does to them. */
export const poolRoutes = (deps: Deps): readonly Route[] => [
  list(deps),
  show(deps),
  setPolicy(deps),
  members(deps),
  metrics(deps),
  pause(deps, 'pause', true),
  pause(deps, 'resume', false),
  refill(deps, 'refill', 'Has the missing campaigns of a pool built.'),
  refill(deps, 'rebuild-stale', 'Replaces what is outdated, and tries again what is quarantined.'),
  drain(deps),
];

const params = z.object({ type: poolType });

const byType = paging('pools', [['type', 1]]);

const list = ({ store }: Deps) =>
  route({
    method: 'get',
    path: '/pools',
    summary: 'Lists the pools with their policies, counts and the last hour.',
    role: 'viewer',
    query: z.strictObject(wholeListQuery),
    responses: { 200: pageOf(poolResource) },
    async handle({ query }) {
      const pools = await store.pools.list();
      return byType.pageOfAll(await Promise.all(pools.map((pool) => viewOfPool(store, pool))), query);
    },
  });

const show = ({ store }: Deps) =>
  route({
    method: 'get',
    path: '/pools/:type',
    summary: 'Shows a pool.',
    role: 'viewer',
    params,
    responses: { 200: poolResource },
    handle: async ({ params: { type } }) => viewOfPool(store, await store.pools.find(type)),
  });

const setPolicy = ({ store, jobs }: Deps) =>
  route({
    method: 'put',
    path: '/pools/:type',
    summary: 'Changes how a pool is kept; takes the policy, or the pool as GET gives it.',
    role: 'admin',
    params,
    body: policyBody,
    responses: { 200: poolResource },
    async handle({ params: { type }, body }) {
      const before = await store.pools.find(type);
      const faults = policyFaults({ ...before.policy, ...body });
      if (faults.length > 0)
        throw invalidInput(faults.map(({ field, message }) => ({ path: `body.${field}`, message })));
      const pool = await store.pools.setPolicy(type, body);
      await jobs.enqueue(replenishPool, { type });
      return viewOfPool(store, pool);
    },
  });

const newest = paging('pool members', [
  ['createdAt', -1],
  ['_id', -1],
]);

const members = ({ store }: Deps) =>
  route({
    method: 'get',
    path: '/pools/:type/members',
    summary: 'Lists the campaigns of a pool, newest first.',
    role: 'viewer',
    params,
    query: z.strictObject(pageQuery),
    responses: { 200: pageOf(campaignResource) },
    async handle({ params: { type }, query: { limit, cursor } }) {
      const rows = await store.members.list(type, { after: newest.after(cursor), limit: limit + 1 });
      return newest.page(rows, limit, (row) => toCampaignResource(row));
    },
  });

const dayMs = 86_400_000;
const instant = z.iso.datetime({ offset: true });

const metrics = ({ store }: Deps) =>
  route({
    method: 'get',
    path: '/pools/:type/metrics',
    summary: 'Shows how a pool did, minute by minute, for ten days.',
    role: 'viewer',
    params,
    query: z.strictObject({
      from: instant.optional().meta({ description: 'Default a day before `to`.' }),
      to: instant.optional().meta({ description: 'Default now.' }),
    }),
    responses: { 200: poolMetricsResource.extend({ type: poolType, points: z.array(poolPoint) }) },
    async handle({ params: { type }, query }) {
      const to = query.to ? new Date(query.to) : new Date();
      const from = query.from ? new Date(query.from) : new Date(to.getTime() - dayMs);
      return historyOfPool(store, await store.pools.find(type), { from, to });
    },
  });

const pause = ({ store, jobs }: Deps, verb: 'pause' | 'resume', paused: boolean) =>
  route({
    method: 'post',
    path: `/pools/:type/${verb}`,
    summary: paused ? 'Builds nothing more; what is ready can be claimed.' : 'Builds again.',
    role: 'operator',
    params,
    responses: { 200: poolResource },
    async handle({ params: { type } }) {
      const pool = await store.pools.setPolicy(type, { paused });
      if (!paused) await jobs.enqueue(replenishPool, { type });
      return viewOfPool(store, pool);
    },
  });

const queued = { 202: { description: 'See the job at Location.', body: z.object({ job: jobResource }) } };

const refill = ({ store, jobs }: Deps, verb: 'refill' | 'rebuild-stale', summary: string) =>
  route({
    method: 'post',
    path: `/pools/:type/${verb}`,
    summary,
    role: 'operator',
    params,
    responses: queued,
    async handle({ params: { type } }) {
      if (verb === 'rebuild-stale') await store.members.retireAll(type, 'quarantined', 'failed');
      const { job } = await jobs.enqueue(replenishPool, { type });
      return accepted(`/jobs/${job.id}`, { job });
    },
  });

const drain = ({ store, jobs }: Deps) =>
  route({
    method: 'post',
    path: '/pools/:type/drain',
    summary: 'Pauses a pool and removes what is ready in it.',
    role: 'operator',
    params,
    responses: queued,
    async handle({ params: { type } }) {
      await store.pools.setPolicy(type, { paused: true });
      await store.members.retireAll(type, 'ready', 'expired');
      const { job } = await jobs.enqueue(cleanPool, {});
      return accepted(`/jobs/${job.id}`, { job });
    },
  });
