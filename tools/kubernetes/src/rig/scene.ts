import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, localToken, type NodeProcess, startComponent, startServiceProcess } from '@millrace/stack';
import { largest } from './external-metrics.ts';

/** The real thing beside the control plane: broker, bus, database, and the campaign service's API. */
export type Scene = {
  /** Starts a worker with the variables of its pod. */
  startWorker(name: string, env: Record<string, string>): Promise<NodeProcess>;
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

export async function startScene(directory: string): Promise<Scene> {
  const parts = await Promise.all(
    (['rabbitmq', 'nats', 'mongodb'] as const).map((name) => startComponent(name, { directory, launch: 'processes' })),
  );
  const addresses = Object.assign({}, ...parts.map(({ env }) => env)) as Record<string, string>;
  const common = { ...addresses, TEMPLATE_PROFILE: 'full', POOL_TARGET: '0', LOG_LEVEL: 'info' };
  const start = async (name: string, env: Record<string, string>) => {
    const port = await freePort();
    const logFile = join(directory, 'services', `${name}.log`);
    return startServiceProcess('campaign', { port, logFile, env: { ...common, ...env } });
  };
  const api = await start('api', { RUN: 'api' });
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
    startWorker: start,
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
