import type { Outbox } from '@millrace/events';
import type { Jobs } from '@millrace/jobs';
import {
  accepted,
  eventStream,
  jobResource,
  ok,
  pageOf,
  pageQuery,
  paging,
  type Route,
  route,
} from '@millrace/service';
import { z } from 'zod';
import type { CampaignStore } from '../store/campaign-store.ts';
import type { CampaignFeed } from './campaign-feed.ts';
import { campaignResource, toCampaignResource } from './campaign-resource.ts';
import { createRoute } from './create-campaign.ts';
import { deleteRoute, restoreRoute } from './delete-campaign.ts';
import type { Refill } from './refill.ts';
import { commandSeeding, findJob } from './seed-command.ts';
import { campaignParams, ownCampaign, visibleCampaign } from './visible-campaign.ts';

type Deps = {
  readonly store: Pick<CampaignStore, 'campaigns' | 'deletions' | 'lists' | 'claims' | 'minutes'>;
  readonly jobs: Jobs;
  readonly feed: CampaignFeed;
  readonly outbox: Pick<Outbox, 'tell'>;
  readonly refill: Pick<Refill, 'soon'>;
  /** How long a deleted campaign can be restored; 0 for not at all. */
  readonly keepDeletedMs: number;
};

export const campaignRoutes = (deps: Deps): readonly Route[] => [
  createRoute(deps),
  listRoute(deps),
  showRoute(deps),
  seedRoute(deps),
  deleteRoute(deps),
  restoreRoute(deps),
  feedRoute(deps),
];

const newest = paging('campaigns', [
  ['createdAt', -1],
  ['_id', -1],
]);

const listRoute = ({ store: { campaigns } }: Deps) =>
  route({
    method: 'get',
    path: '/campaigns',
    summary:
      'Lists campaigns, or those that were deleted and can be restored, newest first; members see their own and those that they were let into.',
    role: 'any',
    query: z.strictObject({ ...pageQuery, state: z.literal('deleted').optional() }),
    responses: { 200: pageOf(campaignResource) },
    async handle({ query: { limit, cursor, state }, user }) {
      const rows = await campaigns.list({
        sub: whoseOf(user),
        isDeleted: state === 'deleted',
        after: newest.after(cursor),
        limit: limit + 1,
      });
      return newest.page(rows, limit, (row) => toCampaignResource(row));
    },
  });

const showRoute = ({ store: { campaigns, lists }, jobs }: Deps) =>
  route({
    method: 'get',
    path: '/campaigns/:id',
    summary: 'Shows a campaign with its status, the stage of its seeding, and what it holds.',
    role: 'any',
    params: campaignParams,
    responses: { 200: campaignResource },
    problems: ['campaign-not-found'],
    async handle({ params, user }) {
      const campaign = await visibleCampaign(campaigns, params.id, user);
      const job = campaign.status === 'seeding' ? await findJob(jobs, campaign.seedingRun?.jobId ?? null) : null;
      const counts = campaign.status === 'ready' ? await lists.counts(campaign) : campaign.counts;
      return ok(toCampaignResource({ ...campaign, counts }, job ?? undefined), { revision: campaign.revision });
    },
  });

const seedRoute = ({ store: { campaigns }, jobs }: Deps) =>
  route({
    method: 'post',
    path: '/campaigns/:id/seed',
    summary: 'Seeds a campaign, or finds the job that does or did it; after a failure it is a new job.',
    role: 'member',
    params: campaignParams,
    body: z
      .object({
        mode: z
          .enum(['batch', 'single'])
          .optional()
          .meta({ description: '`single` writes row by row, for comparison.' }),
      })
      .optional(),
    responses: { 202: { description: 'See the job at Location.', body: z.object({ job: jobResource }) } },
    problems: ['campaign-not-found', 'job-state-conflict'],
    async handle({ params, user, body, commandId }) {
      const campaign = await ownCampaign(campaigns, params.id, user);
      const job = await commandSeeding({ jobs, campaigns }, campaign, { user, commandId, mode: body?.mode });
      return accepted(`/jobs/${job.id}`, { job });
    },
  });

const feedRoute = ({ feed }: Deps) =>
  route({
    method: 'get',
    path: '/events',
    summary: 'Streams campaigns as they change: a snapshot of the newest first, then each change and deletion.',
    role: 'any',
    responses: { 200: { description: 'A server-sent event stream of campaigns.', mediaType: 'text/event-stream' } },
    handle: async ({ user }) => eventStream(feed.streamFor(whoseOf(user))),
  });

const whoseOf = ({ sub, seesAll }: { sub: string; seesAll: boolean }) => (seesAll ? undefined : sub);
