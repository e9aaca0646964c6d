import type { Outbox } from '@millrace/events';
import type { Jobs, JobView } from '@millrace/jobs';
import { created, jobResource, problem, route, type User } from '@millrace/service';
import { z } from 'zod';
import type { Campaign } from '../domain/campaign.ts';
import type { CampaignStore } from '../store/campaign-store.ts';
import type { StoredCampaign } from '../store/campaigns.ts';
import { campaignResource, toCampaignResource } from './campaign-resource.ts';
import type { Refill } from './refill.ts';
import { commandFirstSeeding } from './seed-command.ts';

type Deps = {
  readonly store: Pick<CampaignStore, 'campaigns' | 'claims' | 'minutes'>;
  readonly jobs: Jobs;
  readonly outbox: Pick<Outbox, 'tell'>;
  readonly refill: Pick<Refill, 'soon'>;
};

type Wish = {
  readonly name: string;
  readonly description: string;
  readonly user: User;
  readonly commandId: string;
  readonly isRepeatable: boolean;
};
type Made = { readonly campaign: Campaign; readonly source: 'pool' | 'cold'; readonly job?: JobView };

/** A person gets a campaign that was ready, or, when none is, one that is being seeded: the same answer, only `source` differs. */
export function createRoute(deps: Deps) {
  const tell = tellingTogether(deps.outbox);
  return route({
    method: 'post',
    path: '/campaigns',
    summary: 'Creates a campaign: a ready one from the pool, else one that is seeded from the current template.',
    role: 'member',
    body: z.object({
      name: z.string().trim().min(1).max(200).meta({ example: 'The Hollow Lantern' }),
      description: z.string().max(20_000).default(''),
    }),
    responses: {
      201: {
        description: 'Created. `source: pool`: it is ready; `source: cold`: it is being seeded now, by `job`.',
        body: z.object({ campaign: campaignResource, source: z.enum(['pool', 'cold']), job: jobResource.optional() }),
      },
    },
    problems: ['campaign-not-found'],
    async handle({ body, user, commandId, isRepeatable }) {
      const wish = { ...body, user, commandId, isRepeatable };
      const { campaign, source, job } = (await fromPool(deps, wish, tell)) ?? (await cold(deps, wish));
      const shown = toCampaignResource(campaign);
      return created(`/campaigns/${campaign._id}`, { campaign: shown, source, ...(job && { job }) });
    },
  });
}

async function fromPool(
  { store: { claims, minutes }, refill }: Deps,
  { name, description, user, commandId, isRepeatable }: Wish,
  tell: (campaign: StoredCampaign) => void,
): Promise<Made | undefined> {
  const startedAt = performance.now();
  const campaign = await claims.claim({ token: commandId, isRepeatable, sub: user.sub, name, description });
  if (!campaign) return undefined;
  assertUndeleted(campaign);
  const type = campaign.poolType ?? 'master';
  minutes.add(type, 'hits');
  minutes.claimTook(type, performance.now() - startedAt);
  tell(campaign);
  refill.soon(type);
  return { campaign, source: 'pool' };
}

async function cold({ store, jobs, refill }: Deps, { name, description, user, commandId }: Wish): Promise<Made> {
  const { campaigns, minutes } = store;
  const campaign = await campaigns.create({ _id: commandId, name, description, ownerId: user.sub, seedJobId: null });
  assertUndeleted(campaign);
  const job = await commandFirstSeeding({ jobs, campaigns }, campaign);
  minutes.add('master', 'misses');
  refill.soon('master', { isEmpty: true });
  return { campaign: { ...campaign, seedJobId: job.id }, source: 'cold', job };
}

/** The same request again gets the same campaign again, and no other one. @throws Problem `campaign-not-found` when that was deleted since. */
function assertUndeleted({ _id: id, deletion }: Campaign): void {
  if (deletion) throw problem('campaign-not-found', { id });
}

/** People are answered first: what they need not wait for begins this much later. */
const TELL_AFTER_MS = 100;

/** Claims of the same moment are told of together. Nobody waits for it: what is not told is stored. */
function tellingTogether(outbox: Pick<Outbox, 'tell'>): (campaign: StoredCampaign) => void {
  const waiting: StoredCampaign[] = [];
  return (campaign) => {
    if (waiting.push(campaign) === 1) setTimeout(() => void outbox.tell(waiting.splice(0)), TELL_AFTER_MS).unref();
  };
}
