import { problem, type ServiceIdentity } from '@millrace/service';
import { z } from 'zod';
import { PictureRefused, PictureUnavailable } from './picture-errors.ts';

type Picture = { readonly projectId: string; readonly imageId: string };

/** Pictures of projects, which the projects service keeps. */
export type Projects = {
  /** Keeps a picture from being deleted for an hour. @returns its name, if this person may see it. @throws Problem: what is not theirs is not found. */
  hold(picture: Picture, asking: { holder: string; authorization: string | undefined }): Promise<string>;
  /** Where the engine finds it, for an hour. @throws PictureRefused, PictureUnavailable. */
  addressOf(picture: Picture, signal: AbortSignal): Promise<string>;
  /** SHA-256 of its bytes. @throws as {@link Projects.addressOf}. */
  sha256Of(picture: Picture, signal: AbortSignal): Promise<string>;
};

const image = z.object({ url: z.string(), name: z.string(), sha256: z.string() });
const images = z.object({ items: z.array(image).min(1) });
const timeoutMs = 5_000;
const holdSeconds = 3_600;

export function createProjects({ url, identity }: { url: string; identity: ServiceIdentity }): Projects {
  const ask = (path: string, authorization: string, signal: AbortSignal | undefined, init: RequestInit = {}) =>
    fetch(`${url}${path}`, {
      ...init,
      headers: { authorization, 'content-type': 'application/json' },
      redirect: 'error',
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    });

  async function find({ projectId, imageId }: Picture, signal: AbortSignal): Promise<z.output<typeof image>> {
    const answer = await asService(identity, (authorization) =>
      ask(`/projects/${projectId}/images/${imageId}`, authorization, signal),
    );
    if (answer.status === 404)
      throw new PictureRefused('image-missing', `project ${projectId} has no image ${imageId}`);
    if (!answer.ok) throw new PictureUnavailable(`the projects service answered ${answer.status}`);
    return image.parse(await answer.json());
  }

  return {
    async hold({ projectId, imageId }, { holder, authorization = '' }) {
      const body = JSON.stringify({ imageIds: [imageId], seconds: holdSeconds });
      const path = `/projects/${projectId}/references/${holder}`;
      const answer = await ask(path, authorization, undefined, { method: 'PUT', body }).catch(away);
      if (answer.status === 404) throw problem('image-not-found', { id: imageId });
      if (!answer.ok) throw away(new Error(`it answered ${answer.status}`));
      return images.parse(await answer.json()).items[0]?.name ?? imageId;
    },
    addressOf: async (picture, signal) => new URL((await find(picture, signal)).url, `${url}/`).href,
    sha256Of: async (picture, signal) => (await find(picture, signal)).sha256,
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
