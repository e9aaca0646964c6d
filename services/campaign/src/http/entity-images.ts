import { invalidInput, problem, type Route, route } from '@millrace/service';
import type { z } from 'zod';
import { imageFormatOf } from '../domain/image-format.ts';
import type { CampaignStore } from '../store/campaign-store.ts';
import { AssetGone } from '../store/entity-changes.ts';
import { entityParams, shown, told } from './entities.ts';
import type { EntityResource } from './entity-resource.ts';
import type { StorePicture } from './store-picture.ts';
import { changeableCampaign } from './visible-campaign.ts';

type Deps = {
  readonly store: Pick<CampaignStore, 'campaigns' | 'lists' | 'changes'>;
  readonly storePicture: StorePicture;
  release(assetId: string | null): Promise<void>;
};

const limitBytes = 10 * 1_048_576;
const types = ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'application/octet-stream'];

/** Attach a picture to a stored entity, and take it off. */
export const entityImageRoutes = (resource: EntityResource, schema: z.ZodType, deps: Deps): readonly Route[] => [
  attachRoute(resource, schema, deps),
  detachRoute(resource, schema, deps),
];

const attachRoute = (
  resource: EntityResource,
  schema: z.ZodType,
  { store: { campaigns, lists, changes }, storePicture, release }: Deps,
) =>
  route({
    method: 'put',
    path: `/campaigns/:id/${resource.kind}/:entityId/image`,
    summary: `Gives a ${resource.singular} a picture: PNG, JPEG, WebP or GIF, told by its bytes. The same bytes are stored once.`,
    role: 'member',
    params: entityParams,
    rawBody: { types, limitBytes },
    responses: { 200: schema },
    problems: [
      'campaign-not-found',
      'entity-not-found',
      'conflict',
      'image-provider-failed',
      'dependency-unavailable',
      'revision-mismatch',
    ],
    async handle({ params: { id, entityId }, body, user, ifMatch, signal }) {
      const campaign = await changeableCampaign(campaigns, id, user);
      const place = { kind: resource.kind, campaign, id: entityId };
      if (!(await lists.find(resource.kind, campaign, entityId)))
        throw problem('entity-not-found', { kind: resource.singular, id: entityId });
      const asset = await storePicture(pictureOf(body), signal);
      const { row, before } = await told({}, () => orRefused(changes.showImage(place, asset, { ifMatch })));
      await release(before);
      return shown(resource, row, campaign, entityId);
    },
  });

const detachRoute = (resource: EntityResource, schema: z.ZodType, { store: { campaigns, changes }, release }: Deps) =>
  route({
    method: 'delete',
    path: `/campaigns/:id/${resource.kind}/:entityId/image`,
    summary: `Takes the picture off a ${resource.singular}. The file stays as long as anything else shows it.`,
    role: 'member',
    params: entityParams,
    responses: { 200: schema },
    problems: ['campaign-not-found', 'entity-not-found', 'revision-mismatch'],
    async handle({ params: { id, entityId }, user, ifMatch }) {
      const campaign = await changeableCampaign(campaigns, id, user);
      const { row, before } = await told({}, () =>
        changes.hideImage({ kind: resource.kind, campaign, id: entityId }, { ifMatch }),
      );
      await release(before);
      return shown(resource, row, campaign, entityId);
    },
  });

function pictureOf(body: Buffer | undefined) {
  if (!body || body.length === 0)
    throw invalidInput([{ path: 'body', message: 'is missing; send the picture’s bytes' }]);
  const format = imageFormatOf(body);
  if (!format)
    throw problem('unsupported-media-type', { type: 'not a picture by its bytes', expected: 'PNG, JPEG, WebP or GIF' });
  return { bytes: body, ...format };
}

async function orRefused<Result>(change: Promise<Result>): Promise<Result> {
  try {
    return await change;
  } catch (error) {
    if (!(error instanceof AssetGone)) throw error;
    throw problem(
      'conflict',
      { reason: 'the same picture is being deleted just now; send it again in a minute' },
      { cause: error, headers: { 'Retry-After': '30' } },
    );
  }
}
