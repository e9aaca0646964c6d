import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, localToken, startComponent, startServiceProcess } from '@millrace/stack';
import { largest } from './external-metrics.ts';
import type { Start } from './process-kubelet.ts';

/** The real thing beside the control plane: broker, bus, database, and the campaign service's API. */
export type Scene = {
  /** Where services find what they need, for those of them that run in pods. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts a process with the variables of its pod. */
  startPod: Start;
  /** `jobs_backlog{queue}` as the API exports it. */
  backlog(queue: string): Promise<number | undefined>;
  /** Due jobs that nobody works on: what a broker calls ready. */
  waiting(queue: string): Promise<number | undefined>;
  create(count: number): Promise<void>;
  /** Of the seedings accepted so far. */
  outcome(): Promise<Outcome>;
  stop(): Promise<void>;
};

/** `again`: jobs that were started more than once, by an attempt or after the death of a worker. */
type Outcome = { accepted: number; completed: number; again: number; imbalance: number };

type Job = { state: string; attempt: number; crashes: number };
type Campaign = { id: string; status: string };

const CAMPAIGNS_AT_ONCE = 10;

/** The local key where this checkout has it, and no identity provider: what the overlay says is for a cluster. */
const onThisMachine = {
  AUTH_LOCAL_KEY_FILE: '',
  AUTH_JWKS_URL: '',
  AUTH_ISSUER: '',
  AUTH_AUDIENCE: '',
  OTEL_EXPORTER_OTLP_ENDPOINT: '',
};

export async function startScene(directory: string): Promise<Scene> {
  const parts = await Promise.all(
    (['rabbitmq', 'nats', 'mongodb'] as const).map((name) => startComponent(name, { directory, launch: 'processes' })),
  );
  const addresses = Object.assign({}, ...parts.map(({ env }) => env)) as Record<string, string>;
  const common = { ...addresses, TEMPLATE_PROFILE: 'full', POOL_TARGET: '0', ...onThisMachine };
  const startPod: Start = async ({ name, container, env }) => {
    const port = await freePort();
    return startServiceProcess(container, { port, logFile: join(directory, 'services', `${name}.log`), env });
  };
  const api = await startPod({ name: 'api', container: 'campaign', env: { ...common, RUN: 'api' } });
  const token = await localToken('admin', 'admin');
  const ask = async <Answer>(path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${api.url}${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  };
  return {
    environment: common,
    startPod,
    backlog: async (queue) => largest(await (await fetch(`${api.url}/metrics`)).text(), 'jobs_backlog', queue),
    waiting: async (queue) => (await ask<{ ready: number }>(`/queues/${queue}`)).ready,
    async create(count) {
      for (let made = 0; made < count; made += CAMPAIGNS_AT_ONCE) {
        const names = Array.from(
          { length: Math.min(CAMPAIGNS_AT_ONCE, count - made) },
          (_, index) => `c${made + index}`,
        );
        await Promise.all(names.map((name) => ask<Campaign>('/campaigns', { name })));
      }
    },
    outcome: async () => outcomeOf(ask),
    async stop() {
      await api.kill();
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}

async function outcomeOf(ask: <Answer>(path: string) => Promise<Answer>): Promise<Outcome> {
  const jobs: Job[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: Job[]; nextCursor: string | null } = await ask(
      `/jobs?name=campaign.seed&limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    jobs.push(...page.items);
    cursor = page.nextCursor;
  }
  const ledger = await ask<{ items: { name: string; imbalance: number }[] }>('/ledger');
  return {
    accepted: jobs.length,
    completed: jobs.filter(({ state }) => state === 'completed').length,
    again: jobs.filter(({ attempt, crashes }) => attempt > 1 || crashes > 0).length,
    imbalance: ledger.items.find(({ name }) => name === 'campaign.seed')?.imbalance ?? 0,
  };
}

/** Waits for a condition. @throws with what was waited for. */
export async function untilTrue(what: string, seconds: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  while (Date.now() < deadline) {
    if (await holds()) return;
    await delay(500);
  }
  throw new Error(`waited ${seconds} s in vain until ${what}`);
}
