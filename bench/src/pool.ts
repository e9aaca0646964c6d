import { setTimeout as delay } from 'node:timers/promises';
import { freePort, localToken, type NodeProcess, startServiceProcess } from '@millrace/stack';
import { type BareClaims, withBareClaims } from './bare-claims.ts';
import type { Lab } from './lab.ts';
import { median, quantile } from './statistics.ts';

type Profile = 'tiny' | 'full' | 'huge';

type PoolTimes = { profile: Profile; claims: number; p50Ms: number; p99Ms: number; coldMs: number };
type Rush = { asked: number; ready: number; rounds: number };
type PoolRush = Rush & {
  /** Of all rounds together. */
  hits: number;
  misses: number;
  twice: number;
  errors: number;
  /** The middle one of the rounds. */
  hitP95Ms: number;
  /** The same rush at the database alone, by turns with it. */
  bareHitP95Ms: number;
};
export type PoolResults = { times: readonly PoolTimes[]; rush: PoolRush };

/** Before those that count: a service that has just started is slow, and people meet one that has run for days. */
export const warmUp = { claims: 30, rushes: 5 };
/** After members were built: the store still tidies what was written, and a member lies ready for hours before somebody takes it. */
const restMs = 3_000;

type Answer = { status: number; ms: number; source?: string; id?: string };

/**
 * Creations over HTTP against the service as it runs in production: one after the other from the pool at each profile and cold until ready beside
 * them, and a rush of more people than there are members, by turns with the same rush at the database alone.
 */
export async function measurePool(
  lab: Lab,
  { claims, cold, rush }: { claims: number; cold: number; rush: Rush },
): Promise<PoolResults> {
  const times: PoolTimes[] = [];
  let rushed: PoolRush | undefined;
  for (const profile of ['tiny', 'full', 'huge'] as const) {
    await withService(lab, profile, async (service) => {
      await service.fill(warmUp.claims + claims);
      await claimInTurn(service, 'early', warmUp.claims);
      const claimed = await claimInTurn(service, 'person', claims);
      times.push({ profile, claims, ...claimed, coldMs: await createCold(service, cold) });
      if (profile === 'full') rushed = await withBareClaims(lab, (bare) => rushFor(service, bare, rush));
    });
  }
  if (!rushed) throw new Error('the rush was not measured');
  return { times, rush: rushed };
}

async function claimInTurn(
  service: Service,
  crowd: string,
  claims: number,
): Promise<Pick<PoolTimes, 'p50Ms' | 'p99Ms'>> {
  const answers: Answer[] = [];
  for (const token of await visitors(service, crowd, claims)) answers.push(await service.create(token));
  const wrong = answers.find(({ source }) => source !== 'pool');
  if (wrong) throw new Error(`a creation with members ready answered ${JSON.stringify(wrong)}`);
  const ms = answers.map((answer) => answer.ms);
  return { p50Ms: quantile(ms, 0.5), p99Ms: quantile(ms, 0.99) };
}

/** From the request until the campaign is ready. */
async function createCold(service: Service, rounds: number): Promise<number> {
  const times: number[] = [];
  for (const token of await visitors(service, 'cold', rounds)) {
    const begin = performance.now();
    const { id, source } = await service.create(token);
    if (source !== 'cold') throw new Error(`an empty pool gave ${source}`);
    while ((await service.statusOf(String(id))) !== 'ready') await delay(5);
    times.push(performance.now() - begin);
  }
  return median(times);
}

async function rushFor(service: Service, bare: BareClaims, rush: Rush): Promise<PoolRush> {
  const { asked, ready, rounds } = rush;
  const answers: Answer[] = [];
  const [hitP95s, bareP95s]: [number[], number[]] = [[], []];
  for (let round = 0; round < warmUp.rushes; round++) await rushOnce(service, bare, `early-${round}`, rush);
  for (let round = 0; round < rounds; round++) {
    const { made, bareWaits } = await rushOnce(service, bare, `rush-${round}`, rush);
    bareP95s.push(quantile(bareWaits, 0.95));
    hitP95s.push(quantile(timesOf(made, 'pool'), 0.95));
    answers.push(...made);
  }
  return {
    asked,
    ready,
    rounds,
    hits: timesOf(answers, 'pool').length,
    misses: timesOf(answers, 'cold').length,
    twice: answers.length - new Set(answers.map(({ id }) => id)).size,
    errors: answers.filter(({ status }) => status !== 201).length,
    hitP95Ms: median(hitP95s),
    bareHitP95Ms: median(bareP95s),
  };
}

async function rushOnce(service: Service, bare: BareClaims, crowd: string, { asked, ready }: Rush) {
  await service.fill(ready);
  const tokens = await visitors(service, crowd, asked);
  const bareWaits = await bare.rush({ asked, ready });
  const made = await Promise.all(tokens.map((token) => service.create(token)));
  return { made, bareWaits };
}

const timesOf = (answers: readonly Answer[], from: string): number[] =>
  answers.filter(({ source }) => source === from).map(({ ms }) => ms);

/** People who have signed in and see the list of their campaigns, where one creates another. @returns their tokens. */
async function visitors(service: Service, crowd: string, people: number): Promise<string[]> {
  const signedIn = Array.from({ length: people }, (_, index) => localToken('member', `${crowd}-${index}`));
  const tokens = await Promise.all(signedIn);
  await Promise.all(tokens.map((token) => service.list(token)));
  return tokens;
}

type Service = {
  /** Has so many members built, then builds no more. */
  fill(members: number): Promise<void>;
  list(token: string): Promise<void>;
  create(token: string): Promise<Answer>;
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
      await delay(restMs);
    },
    async list(token) {
      await ask('GET', '/campaigns', token);
    },
    async create(token) {
      const begin = performance.now();
      const { status, json } = await ask('POST', '/campaigns', token, { name: 'The Hollow Lantern' });
      const { campaign, source } = json as unknown as { campaign?: { id: string }; source?: string };
      return { status, ms: performance.now() - begin, ...(source && { source }), ...(campaign && { id: campaign.id }) };
    },
    async statusOf(id) {
      const { json } = await ask('GET', `/campaigns/${id}`, admin);
      return String((json as unknown as { status: string }).status);
    },
  };
}
