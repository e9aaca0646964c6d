import type { ServiceIdentity } from '@millrace/service';
import { z } from 'zod';
import type { SampleCampaigns, SampleMeshes } from '../domain/steps/sample-content.ts';

type Urls = {
  readonly campaign: string;
  readonly mesh: string;
  readonly music: string;
  readonly notifications: string;
};

const timeoutMs = 10_000;
const progress = z.object({ id: z.string(), status: z.string() });
const createdCampaign = z.object({ campaign: progress, source: z.string() });

/** Another service cannot be reached, or not now. */
export class NeighbourAway extends Error {
  override readonly name = 'NeighbourAway';
}

/** Another service has answered, and not as it should. */
class NeighbourRefused extends Error {
  override readonly name = 'NeighbourRefused';
  /** Of the problem that it answered with. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

/** Besides what the server itself lays to its own charge: too early, still at the same request, too often. */
const passing: readonly number[] = [408, 409, 425, 429];

/** The other services that a setup works with: asked over HTTP, in the name of the project's owner. */
export function neighbours({ urls, identity }: { urls: Urls; identity: ServiceIdentity }) {
  async function ask(
    url: string,
    {
      ownerId,
      key,
      signal,
      method = 'GET',
      body,
    }: {
      ownerId: string;
      key?: string;
      signal: AbortSignal;
      method?: string;
      body?: unknown;
    },
  ): Promise<unknown> {
    const answer = await fetch(url, {
      method,
      headers: {
        authorization: await identity.authorizationFor(ownerId),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    }).catch((cause: unknown) => {
      throw new NeighbourAway(`${new URL(url).origin} cannot be asked`, { cause });
    });
    const text = await answer.text();
    if (!answer.ok) {
      const code = codeOf(text);
      const isAway = answer.status >= 500 || (passing.includes(answer.status) && code !== 'campaign-changed');
      const what = `${method} ${url} answered ${answer.status}: ${text.slice(0, 300)}`;
      throw isAway ? new NeighbourAway(what) : new NeighbourRefused(what, code);
    }
    return text ? JSON.parse(text) : {};
  }

  const campaigns: SampleCampaigns = {
    async create({ name, ...asking }) {
      const { campaign, source } = createdCampaign.parse(
        await ask(`${urls.campaign}/campaigns`, { ...asking, method: 'POST', body: { name } }),
      );
      return { ...campaign, source };
    },
    find: async (id, asking) => progress.parse(await ask(`${urls.campaign}/campaigns/${id}`, asking)),
    remove: (id, asking) =>
      ask(`${urls.campaign}/campaigns/${id}?unless=changed`, { ...asking, method: 'DELETE' }).then(() => true, isGone),
  };

  const meshes: SampleMeshes = {
    create: async ({ projectId, imageId, preset, ...asking }) =>
      progress.parse(
        await ask(`${urls.mesh}/meshes`, { ...asking, method: 'POST', body: { projectId, imageId, preset } }),
      ),
    find: async (id, asking) => progress.parse(await ask(`${urls.mesh}/meshes/${id}`, asking)),
    async cancel(id, asking) {
      const { status } = progress.parse(await ask(`${urls.mesh}/meshes/${id}`, asking));
      if (status !== 'queued' && status !== 'processing') return;
      await ask(`${urls.mesh}/meshes/${id}/cancel`, { ...asking, method: 'POST', body: {} });
    },
  };

  /** @returns what is wrong, in words. */
  const look =
    (url: string) =>
    async (signal: AbortSignal): Promise<string | undefined> => {
      try {
        const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) });
        await answer.body?.cancel();
        return answer.ok ? undefined : `answers ${answer.status}`;
      } catch {
        return 'cannot be reached';
      }
    };

  return { campaigns, meshes, looks: { notifications: look(urls.notifications), music: look(urls.music) } };
}

/** @returns whether the campaign is gone all the same. @throws whatever else was refused. */
function isGone(refusal: unknown): boolean {
  const code = refusal instanceof NeighbourRefused ? refusal.code : undefined;
  if (code !== 'campaign-not-found' && code !== 'campaign-changed') throw refusal;
  return code === 'campaign-not-found';
}

/** Of problem details; undefined for whatever else a proxy may have answered. */
function codeOf(text: string): string | undefined {
  try {
    return String((JSON.parse(text) as { code?: unknown } | null)?.code ?? '') || undefined;
  } catch {
    return undefined;
  }
}
