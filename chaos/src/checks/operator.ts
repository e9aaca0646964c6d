import { setTimeout as delay } from 'node:timers/promises';
import { localToken } from '@millrace/stack';
import type { ServiceName, WholeCluster } from '../cluster/whole-cluster.ts';

const answerWithinMs = 30_000;

/** An operator at the first process of each service. */
export async function operatorOf({ urlsOf }: Pick<WholeCluster, 'urlsOf'>) {
  const authorization = `Bearer ${await localToken('admin', 'chaos-operator')}`;

  async function ask<Body>(service: ServiceName, path: string, body?: unknown): Promise<Body> {
    const [url] = urlsOf(service);
    const answer = await fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    if (!answer.ok) throw new Error(`${path} of ${service}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Body;
  }

  return {
    get: <Body>(service: ServiceName, path: string) => ask<Body>(service, path),

    /** Commands a job and resolves with its state when it has ended, or after half a minute. */
    async perform(service: ServiceName, name: string, payload: unknown): Promise<string> {
      const { job } = await ask<{ job: { id: string } }>(service, '/jobs', { name, payload });
      return (await ask<{ state: string }>(service, `/jobs/${job.id}?wait=30`)).state;
    },
  };
}

export type Operator = Awaited<ReturnType<typeof operatorOf>>;

/** Looks until it is so, once a second. @returns whether it was within the time; an error counts as "not yet". */
export async function comesTrue(isSo: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    if (await isSo().catch(() => false)) return true;
    if (Date.now() > deadline) return false;
    await delay(1_000);
  }
}
