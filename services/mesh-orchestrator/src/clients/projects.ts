import { problem, type ServiceIdentity } from '@millrace/service';
import { z } from 'zod';
import { PictureRefused, PictureUnavailable } from './picture-errors.ts';

type Pictures = { readonly projectId: string; readonly imageIds: readonly string[] };
type Holding = { readonly holder: string; readonly seconds: number };

type Picture = { readonly projectId: string; readonly imageId: string };

/** Pictures of projects, which the projects service keeps. */
export type Projects = {
  /** Keeps a picture from being deleted for an hour. @returns its name, if this person may see it. @throws Problem: what is not theirs is not found. */
  hold(picture: Picture, asking: { holder: string; authorization: string | undefined }): Promise<string>;
  /**
   * Keeps several from being deleted for so long; in the service's own name when no person asks.
   * @returns them in the order of the ids. @throws Problem: what is not there, or not theirs, is not found.
   */
  holdAll(
    pictures: Pictures & Holding,
    authorization?: string,
  ): Promise<readonly { readonly id: string; readonly name: string }[]>;
  /** Lets go of what is kept in that name. Never throws: after its time it is let go of anyway. */
  release(pictures: { readonly projectId: string; readonly holder: string }): Promise<void>;
  /** Whether a person is among the people of a project now. @throws Problem when the service does not say. */
  isOpenTo(projectId: string, sub: string): Promise<boolean>;
  /** Where the engine finds it, for an hour. @throws PictureRefused, PictureUnavailable. */
  addressOf(picture: Picture, signal: AbortSignal): Promise<string>;
  /** SHA-256 of its bytes. @throws as {@link Projects.addressOf}. */
  sha256Of(picture: Picture, signal: AbortSignal): Promise<string>;
};

const image = z.object({ id: z.string(), url: z.string(), name: z.string(), sha256: z.string() });
const images = z.object({ items: z.array(image).min(1) });
const refusal = z.object({ code: z.string(), detail: z.string() }).catch({ code: '', detail: '' });
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

  async function holdAll(
    { projectId, imageIds, holder, seconds }: Pictures & Holding,
    authorization?: string,
  ): Promise<{ id: string; name: string }[]> {
    const by = authorization ?? (await identity.authorization());
    const init = { method: 'PUT', body: JSON.stringify({ imageIds, seconds }) };
    const answer = await ask(`/projects/${projectId}/references/${holder}`, by, undefined, init).catch(away);
    if (answer.ok) return images.parse(await answer.json()).items;
    const { code, detail } = refusal.parse(await answer.json().catch(() => undefined));
    if (code === 'project-not-found') throw problem('project-not-found', { id: projectId });
    if (code === 'image-not-found') throw problem('image-not-found', { id: detail.split(' ').at(-1) ?? '' });
    throw away(new Error(`it answered ${answer.status}`));
  }

  return {
    async hold({ projectId, imageId }, { holder, authorization = '' }) {
      const wish = { projectId, imageIds: [imageId], holder, seconds: holdSeconds };
      return (await holdAll(wish, authorization))[0]?.name ?? imageId;
    },
    holdAll,
    async release({ projectId, holder }) {
      const path = `/projects/${projectId}/references/${holder}`;
      await asService(identity, (authorization) => ask(path, authorization, undefined, { method: 'DELETE' })).catch(
        () => undefined,
      );
    },
    async isOpenTo(projectId, sub) {
      const by = await identity.authorizationFor(sub);
      const { ok, status } = await ask(`/projects/${projectId}`, by, undefined).catch(away);
      if (!ok && status !== 404) throw away(new Error(`it answered ${status}`));
      return ok;
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
