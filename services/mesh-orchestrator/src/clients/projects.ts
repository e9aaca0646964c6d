import { problem, type ServiceIdentity } from '@millrace/service';
import { z } from 'zod';
import { PictureRefused, PictureUnavailable } from './picture-errors.ts';

type Picture = { readonly projectId: string; readonly imageId: string };

/** Pictures of projects, which the projects service keeps. */
export type Projects = {
  /** The picture's name, if this person may see it. @throws Problem: what is not theirs is not found. */
  pictureFor(picture: Picture, authorization: string | undefined): Promise<string>;
  /** Where the engine finds it, for some time. @throws PictureRefused, PictureUnavailable. */
  addressOf(picture: Picture, signal: AbortSignal): Promise<string>;
};

const image = z.object({ url: z.string(), name: z.string().optional(), filename: z.string().optional() });
const timeoutMs = 5_000;

export function createProjects({ url, identity }: { url: string; identity: ServiceIdentity }): Projects {
  const ask = ({ projectId, imageId }: Picture, authorization: string, signal: AbortSignal): Promise<Response> =>
    fetch(`${url}/projects/${projectId}/images/${imageId}`, {
      headers: { authorization },
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
  return {
    async pictureFor(picture, authorization) {
      const answer = await ask(picture, authorization ?? '', new AbortController().signal).catch(away);
      if (answer.status === 404 || answer.status === 403) throw problem('image-not-found', { id: picture.imageId });
      if (!answer.ok) throw away(new Error(`it answered ${answer.status}`));
      const { name, filename } = image.parse(await answer.json());
      return name ?? filename ?? picture.imageId;
    },
    async addressOf(picture, signal) {
      const answer = await asService(identity, (authorization) => ask(picture, authorization, signal));
      if (answer.status === 404)
        throw new PictureRefused('image-missing', `project ${picture.projectId} has no image ${picture.imageId}`);
      if (!answer.ok) throw new PictureUnavailable(`the projects service answered ${answer.status}`);
      return new URL(image.parse(await answer.json()).url, `${url}/`).href;
    },
  };
}

function away(cause: unknown): never {
  throw problem('dependency-unavailable', { dependency: 'the projects service' }, { cause });
}

async function asService(
  identity: ServiceIdentity,
  ask: (authorization: string) => Promise<Response>,
): Promise<Response> {
  try {
    return await ask(await identity.authorization());
  } catch (error) {
    throw new PictureUnavailable('the projects service cannot be asked', { cause: error });
  }
}
