import { created, noContent, ok, pageOf, pageQuery, paging, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import type { Campaign } from '../domain/campaign.ts';
import type { CampaignStore } from '../store/campaign-store.ts';
import { NameTaken, RevisionMismatch } from '../store/entity-changes.ts';
import { checkPointers } from './entity-pointers.ts';
import { type EntityResource, fullBody, partialBody, toEntityResource } from './entity-resource.ts';
import { campaignParams, changeableCampaign, visibleCampaign } from './visible-campaign.ts';

type Deps = {
  readonly store: Pick<CampaignStore, 'campaigns' | 'lists' | 'changes'>;
  /** Called with a file that may have lost its last reference. */
  release(assetId: string | null): Promise<void>;
};

export const entityParams = z.object({ id: z.uuid(), entityId: z.uuid() });

/** List, create, show, replace, change and delete one kind of entity of a campaign. */
export const entityRoutes = (resource: EntityResource, schema: z.ZodType, deps: Deps): readonly Route[] => [
  listRoute(resource, schema, deps),
  createRoute(resource, schema, deps),
  showRoute(resource, schema, deps),
  changeRoute('put', resource, schema, deps),
  changeRoute('patch', resource, schema, deps),
  deleteRoute(resource, deps),
];

function listRoute(resource: EntityResource, schema: z.ZodType, { store: { campaigns, lists } }: Deps) {
  const { kind, singular, filters, sortedBy } = resource;
  const order = paging(kind, [...sortedBy.map((field) => [field, 1] as const), ['_id', 1]]);
  const narrowing = Object.fromEntries(filters.map((field) => [field, z.string().max(200).optional()]));
  return route({
    method: 'get',
    path: `/campaigns/:id/${kind}`,
    summary: `Lists a campaign's ${kind} by ${sortedBy.join(' and ')}; none before its seeding is complete.`,
    role: 'any',
    params: campaignParams,
    query: z.strictObject({
      ...pageQuery,
      ...narrowing,
      q: z
        .string()
        .max(200)
        .optional()
        .meta({ description: `Part of the ${singular}'s name.` }),
    }),
    responses: { 200: pageOf(schema) },
    problems: ['campaign-not-found'],
    async handle({ params, query: { limit, cursor, q, ...equal }, user }) {
      const campaign = await visibleCampaign(campaigns, params.id, user);
      const filter = { $and: [equal, q ? { name: { $regex: literal(q), $options: 'i' } } : {}, order.after(cursor)] };
      const rows = await lists.list(kind, campaign, { filter, sort: order.sort, limit: limit + 1 });
      return order.page(rows, limit, (row) => toEntityResource(resource, row, campaign));
    },
  });
}

/** A regular expression that finds exactly this text. */
const literal = (part: string): string => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const createRoute = (resource: EntityResource, schema: z.ZodType, { store: { campaigns, lists, changes } }: Deps) =>
  route({
    method: 'post',
    path: `/campaigns/:id/${resource.kind}`,
    summary: `Adds a ${resource.singular} to a campaign that is ready.`,
    role: 'member',
    params: campaignParams,
    body: fullBody(resource),
    responses: { 201: schema },
    problems: ['campaign-not-found', 'conflict', 'name-taken'],
    async handle({ params, body, user, commandId }) {
      const campaign = await changeableCampaign(campaigns, params.id, user);
      if (campaign.status !== 'ready')
        throw problem('conflict', { reason: `the campaign is ${campaign.status}; add to it once it is ready` });
      await checkPointers(lists, resource, { campaign, id: commandId, fields: body });
      const row = await told(body, () => changes.create({ kind: resource.kind, campaign, id: commandId }, body));
      if (!row) throw problem('campaign-not-found', { id: campaign._id });
      const path = `/campaigns/${campaign._id}/${resource.kind}/${row._id}`;
      return created(path, toEntityResource(resource, row, campaign), { revision: row.revision });
    },
  });

const showRoute = (resource: EntityResource, schema: z.ZodType, { store: { campaigns, lists } }: Deps) =>
  route({
    method: 'get',
    path: `/campaigns/:id/${resource.kind}/:entityId`,
    summary: `Shows one ${resource.singular}.`,
    role: 'any',
    params: entityParams,
    responses: { 200: schema },
    problems: ['campaign-not-found', 'entity-not-found'],
    async handle({ params: { id, entityId }, user }) {
      const campaign = await visibleCampaign(campaigns, id, user);
      const row = await lists.find(resource.kind, campaign, entityId);
      return shown(resource, row, campaign, entityId);
    },
  });

const changeRoute = (
  method: 'put' | 'patch',
  resource: EntityResource,
  schema: z.ZodType,
  { store: { campaigns, lists, changes } }: Deps,
) =>
  route({
    method,
    path: `/campaigns/:id/${resource.kind}/:entityId`,
    summary:
      method === 'put'
        ? `Replaces all fields of a ${resource.singular}.`
        : `Changes some fields of a ${resource.singular}.`,
    role: 'member',
    params: entityParams,
    body: method === 'put' ? fullBody(resource) : partialBody(resource),
    responses: { 200: schema },
    problems: ['campaign-not-found', 'entity-not-found', 'name-taken', 'revision-mismatch'],
    async handle({ params: { id, entityId }, body, user, ifMatch }) {
      const campaign = await changeableCampaign(campaigns, id, user);
      await checkPointers(lists, resource, { campaign, id: entityId, fields: body });
      const row = await told(body, () =>
        changes.update({ kind: resource.kind, campaign, id: entityId }, body, { ifMatch }),
      );
      return shown(resource, row, campaign, entityId);
    },
  });

const deleteRoute = (resource: EntityResource, { store: { campaigns, changes }, release }: Deps) =>
  route({
    method: 'delete',
    path: `/campaigns/:id/${resource.kind}/:entityId`,
    summary: `Deletes a ${resource.singular}; what points at it lets go.`,
    role: 'member',
    params: entityParams,
    responses: { 204: { description: 'Deleted.' } },
    problems: ['campaign-not-found', 'entity-not-found', 'revision-mismatch'],
    async handle({ params: { id, entityId }, user, ifMatch }) {
      const campaign = await changeableCampaign(campaigns, id, user);
      const row = await told({}, () => changes.remove({ kind: resource.kind, campaign, id: entityId }, { ifMatch }));
      if (!row) throw problem('entity-not-found', { kind: resource.singular, id: entityId });
      await release(row.assetId);
      return noContent();
    },
  });

type Row = Awaited<ReturnType<CampaignStore['lists']['find']>>;

/** The entity with its revision. @throws Problem `entity-not-found` for none. */
export function shown(resource: EntityResource, row: Row, campaign: Campaign, id: string) {
  if (!row) throw problem('entity-not-found', { kind: resource.singular, id });
  return ok(toEntityResource(resource, row, campaign), { revision: row.revision });
}

/** Says the store's refusals as problems. */
export async function told<Result>(
  fields: Readonly<Record<string, unknown>>,
  change: () => Promise<Result>,
): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof NameTaken) throw problem('name-taken', { name: String(fields['name']) }, { cause: error });
    if (error instanceof RevisionMismatch) throw problem('revision-mismatch', {}, { cause: error });
    throw error;
  }
}
