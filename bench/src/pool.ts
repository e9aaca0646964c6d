import { setTimeout as delay } from 'node:timers/promises';
import { freePort, localToken, type NodeProcess, startServiceProcess } from '@millrace/stack';
import type { Lab } from './lab.ts';
import { median, quantile } from './statistics.ts';

type Profile = 'tiny' | 'full' | 'huge';

type PoolTimes = { profile: Profile; claims: number; p50Ms: number; p99Ms: number };
type PoolRush = {
  asked: number;
  ready: number;
  hits: number;
  misses: number;
  twice: number;
  errors: number;
  hitP95Ms: number;
};
export type PoolResults = { times: readonly PoolTimes[]; coldMs: number; rush: PoolRush };

type Answer = { status: number; ms: number; source?: string; id?: string };

/**
 * Creations over HTTP against the service as it runs in production: one after the other from the pool at each profile, cold until ready beside
 * them, and a rush of more people than there are members.
 */
export async function measurePool(
  lab: Lab,
  { claims, cold, rush }: { claims: number; cold: number; rush: { asked: number; ready: number } },
): Promise<PoolResults> {
  const times: PoolTimes[] = [];
  let coldMs = 0;
  let rushed: PoolRush | undefined;
  for (const profile of ['tiny', 'full', 'huge'] as const) {
    await withService(lab, profile, async (service) => {
      await service.fill(claims);
      times.push(await claimInTurn(service, profile, claims));
      if (profile !== 'full') return;
      coldMs = await createCold(service, cold);
      await service.fill(rush.ready);
      rushed = await rushFor(service, rush);
    });
  }
  if (!rushed) throw new Error('the rush was not measured');
  return { times, coldMs, rush: rushed };
}

async function claimInTurn(service: Service, profile: Profile, claims: number): Promise<PoolTimes> {
  const answers: Answer[] = [];
  for (let index = 0; index < claims; index++) answers.push(await service.create(`person-${index}`));
  const wrong = answers.find(({ source }) => source !== 'pool');
  if (wrong) throw new Error(`${profile}: a creation with members ready answered ${JSON.stringify(wrong)}`);
  const ms = answers.map((answer) => answer.ms);
  return { profile, claims, p50Ms: quantile(ms, 0.5), p99Ms: quantile(ms, 0.99) };
}

/** From the request until the campaign is ready. */
async function createCold(service: Service, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    const { id, source } = await service.create(`cold-${round}`);
    if (source !== 'cold') throw new Error(`an empty pool gave ${source}`);
    while ((await service.statusOf(String(id))) !== 'ready') await delay(5);
    times.push(performance.now() - begin);
  }
  return median(times);
}

async function rushFor(service: Service, { asked, ready }: { asked: number; ready: number }): Promise<PoolRush> {
  const answers = await Promise.all(Array.from({ length: asked }, (_, index) => service.create(`rush-${index}`)));
  const hits = answers.filter(({ source }) => source === 'pool');
  return {
    asked,
    ready,
    hits: hits.length,
    misses: answers.filter(({ source }) => source === 'cold').length,
    twice: answers.length - new Set(answers.map(({ id }) => id)).size,
    errors: answers.filter(({ status }) => status !== 201).length,
    hitP95Ms: quantile(
      hits.map(({ ms }) => ms),
      0.95,
    ),
  };
}

type Service = {
  /** Has so many members built, then builds no more. */
  fill(members: number): Promise<void>;
  create(sub: string): Promise<Answer>;
  statusOf(id: string): Promise<string>;
};

async function withService(lab: Lab, profile: Profile, use: (service: Service) => Promise<void>): Promise<void> {
  const process = await startServiceProcess('campaign', {
    port: await freePort(),
    logFile: `${lab.directory}/campaign-${profile}.log`,
    env: {
      ...lab.environment,
      NAMESPACE: `bench-pool-${profile}`,
      TEMPLATE_PROFILE: profile,
      POOL_TARGET: '0',
      LOG_LEVEL: 'error',
    },
  });
  try {
    await use(serviceOf(process, await localToken('admin', 'bench')));
  } finally {
    await process.kill();
  }
}

function serviceOf({ url }: NodeProcess, admin: string): Service {
  const ask = async (method: string, path: string, token: string, body?: object) => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, never> };
  };
  return {
    async fill(members) {
      const policy = { min: 0, low: 0, critical: 0, target: members, max: members, paused: false };
      await ask('PUT', '/pools/master', admin, policy);
      for (;;) {
        const { json } = await ask('GET', '/pools/master', admin);
        if ((json as unknown as { counts: { ready: number } }).counts.ready === members) break;
        await delay(100);
      }
      await ask('POST', '/pools/master/pause', admin);
    },
    async create(sub) {
      const token = await localToken('member', sub);
      const begin = performance.now();
      const { status, json } = await ask('POST', '/campaigns', token, { name: `Of ${sub}` });
      const { campaign, source } = json as unknown as { campaign?: { id: string }; source?: string };
      return { status, ms: performance.now() - begin, ...(source && { source }), ...(campaign && { id: campaign.id }) };
    },
    async statusOf(id) {
      const { json } = await ask('GET', `/campaigns/${id}`, admin);
      return String((json as unknown as { status: string }).status);
    },
  };
}
