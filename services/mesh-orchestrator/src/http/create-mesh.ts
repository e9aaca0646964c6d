import { accepted, invalidInput, type Route, route } from '@millrace/service';
import { trace } from '@opentelemetry/api';
import { z } from 'zod';
import { type Mesh, type PictureSource, pictureName, projectOf } from '../domain/mesh.ts';
import { meshEvents, type Webhook } from '../domain/webhook.ts';
import type { CommandWith, Meshes } from '../store/meshes.ts';
import { type Webhooks, writingWebhook } from '../store/webhooks.ts';
import { type LinkTo, meshResource, pollSecondsOf, toMeshResource } from './mesh-resource.ts';
import { type Asking, checkedMaking, companions, imageUrl, makingWish, requireOutside } from './mesh-wish.ts';
import type { Quota } from './quota.ts';
import { newTaskWebhook, shownTaskWebhook, taskWebhook } from './task-webhook.ts';

export type CreateDeps = {
  readonly meshes: Pick<Meshes, 'create' | 'find'>;
  readonly webhooks: Pick<Webhooks, 'add' | 'find'>;
  readonly command: CommandWith;
  readonly quota: Pick<Quota, 'admit'>;
  readonly linkTo: LinkTo;
  readonly projects: {
    /** Keeps the picture for a mesh. @returns its name, if this person may see it. @throws Problem. */
    hold(
      picture: { projectId: string; imageId: string },
      asking: { holder: string; authorization: string | undefined },
    ): Promise<string>;
    /** Lets go of what is kept in that name. Never throws. */
    release(kept: { readonly projectId: string; readonly holder: string }): Promise<void>;
  };
  /** Services of this cluster: pictures that people name by address do not lie there. */
  readonly internal: readonly string[];
};

const meshWish = z.strictObject({
  imageUrl: imageUrl.optional().meta({ example: 'https://example.org/astronaut.png' }),
  projectId: z.uuid().optional(),
  imageId: z.uuid().optional(),
  ...makingWish,
  ...companions,
  webhook: taskWebhook(meshEvents),
});

type MeshWish = z.output<typeof meshWish>;

export const createRoute = (deps: CreateDeps): Route =>
  route({
    method: 'post',
    path: '/meshes',
    summary: 'Has a mesh made of a picture: of one at an address, or of one of a project.',
    role: 'member',
    body: meshWish,
    responses: { 202: { description: 'Written down and queued.', body: meshResource } },
    problems: ['project-not-found', 'image-not-found', 'dependency-unavailable', 'quota-exceeded'],
    async handle({ body, user, commandId, header }) {
      const mesh = await createMesh(deps, body, { user, commandId, authorization: header('authorization') });
      const shown = {
        ...(await toMeshResource(mesh, deps)),
        ...(await shownTaskWebhook(deps.webhooks, body, commandId)),
      };
      return accepted(`/meshes/${mesh._id}`, shown, { pollSeconds: pollSecondsOf(mesh) });
    },
  });

/** A command that comes again gets what it made. Whether the picture is theirs is looked at before any quota: strangers learn nothing. */
async function createMesh(deps: CreateDeps, wish: MeshWish, asking: Asking): Promise<Mesh> {
  const making = checkedMaking(wish);
  const earlier = await deps.meshes.find(asking.commandId);
  if (earlier) return earlier;
  const { source, picture } = await pictureOf(deps, wish, asking);
  const leave = await admitted(deps, source, asking);
  const mesh = deps.meshes.create(
    {
      _id: asking.commandId,
      ownerId: asking.user.sub,
      batchId: null,
      source,
      picture,
      requestedMode: wish.mode,
      ...making,
      metadata: wish.metadata,
      mayReuse: wish.reuse,
      traceId: trace.getActiveSpan()?.spanContext().traceId ?? null,
    },
    writingWebhook(deps.webhooks, () => webhookOf(wish, source, asking), deps.command),
  );
  return mesh.finally(leave);
}

const webhookOf = ({ webhook }: MeshWish, source: PictureSource, { commandId, user }: Asking): Webhook | undefined =>
  webhook && newTaskWebhook(commandId, webhook, { taskId: commandId, projectId: projectOf(source), ownerId: user.sub });

/** A picture of which no mesh is going to be made is let go of. @throws Problem `quota-exceeded`. */
function admitted({ quota, projects }: CreateDeps, source: PictureSource, { user, commandId }: Asking) {
  const projectId = projectOf(source);
  return quota.admit({ sub: user.sub, projectId }, [commandId]).catch(async (refusal: unknown) => {
    if (projectId !== null) await projects.release({ projectId, holder: holderOfMesh(commandId) });
    throw refusal;
  });
}

const holderOfMesh = (meshId: string): string => `mesh:${meshId}`;

async function pictureOf(
  { projects, internal }: CreateDeps,
  { imageUrl: address, projectId, imageId }: MeshWish,
  { commandId, authorization }: Asking,
): Promise<{ source: PictureSource; picture: string }> {
  if (address !== undefined && projectId === undefined && imageId === undefined) {
    requireOutside(address, internal);
    return { source: { kind: 'url', imageUrl: address }, picture: pictureName(address) };
  }
  if (address === undefined && projectId !== undefined && imageId !== undefined) {
    const picture = await projects.hold({ projectId, imageId }, { holder: holderOfMesh(commandId), authorization });
    return { source: { kind: 'project', projectId, imageId }, picture };
  }
  throw invalidInput([{ path: 'body', message: 'must name one picture: by imageUrl, or by projectId and imageId' }]);
}
