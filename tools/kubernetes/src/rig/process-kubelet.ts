import { setTimeout as delay } from 'node:timers/promises';
import type { GuardedProcess } from '@millrace/stack';
import type { RunningControlPlane } from './control-plane-process.ts';

type Pod = {
  metadata: { name: string; deletionTimestamp?: string; deletionGracePeriodSeconds?: number };
  spec: {
    nodeName?: string;
    containers: { env?: { name: string; value?: string }[] }[];
    terminationGracePeriodSeconds: number;
  };
};

type Kubelet = {
  /** How long each drain lasted that was not killed, in milliseconds. */
  readonly drains: readonly number[];
  /** How many pods were killed at the end of their grace. */
  readonly kills: number;
  /** Pods whose process runs. */
  readonly running: number;
  stop(): Promise<void>;
};

/** A failing step is told; the next look begins it again where it can. */
const tell = (error: unknown): void => void process.stderr.write(`kubelet: ${String(error)}\n`);

const LOOK_EVERY_MS = 300;
const pods = '/api/v1/namespaces/millrace/pods';

/** Runs the pods that a selector finds as processes of this machine, as a kubelet runs containers: SIGTERM, grace, SIGKILL. */
export function startProcessKubelet(
  api: RunningControlPlane['api'],
  selector: string,
  start: (name: string, env: Record<string, string>) => Promise<GuardedProcess>,
): Kubelet {
  const processes = new Map<string, Promise<GuardedProcess>>();
  const ending = new Map<string, Promise<void>>();
  const state = { drains: [] as number[], kills: 0, isStopping: false };

  const begin = async (pod: Pod) => {
    const { name } = pod.metadata;
    const env = Object.fromEntries((pod.spec.containers[0]?.env ?? []).map((one) => [one.name, one.value ?? '']));
    const child = start(name, env);
    processes.set(name, child);
    await api(`${pods}/${name}/binding`, { method: 'POST', body: bindingOf(name) });
    await child;
    await api(`${pods}/${name}/status`, { method: 'PATCH', type: 'application/merge-patch+json', body: ready() });
  };
  const end = async ({ metadata: { name, deletionGracePeriodSeconds = 30 } }: Pod) => {
    const child = await processes.get(name);
    const startedAt = performance.now();
    child?.signal('SIGTERM');
    const isGone = await Promise.race([
      child?.ended.then(() => true),
      delay(deletionGracePeriodSeconds * 1_000, false, { ref: false }),
    ]);
    if (isGone === false) {
      state.kills++;
      await child?.kill();
    } else state.drains.push(performance.now() - startedAt);
    processes.delete(name);
    await api(`${pods}/${name}`, { method: 'DELETE', body: { gracePeriodSeconds: 0 } });
  };
  const look = async () => {
    const { items } = await api<{ items: Pod[] }>(`${pods}?labelSelector=${encodeURIComponent(selector)}`);
    for (const pod of items) {
      const { name, deletionTimestamp } = pod.metadata;
      if (deletionTimestamp) {
        if (!ending.has(name)) ending.set(name, end(pod).catch(tell));
      } else if (!processes.has(name)) begin(pod).catch(tell);
    }
  };
  const loop = (async () => {
    while (!state.isStopping) {
      await look().catch(tell);
      await delay(LOOK_EVERY_MS);
    }
  })();
  return {
    drains: state.drains,
    get kills() {
      return state.kills;
    },
    get running() {
      return processes.size;
    },
    async stop() {
      state.isStopping = true;
      await loop;
      await Promise.all([...processes.values()].map(async (child) => (await child.catch(() => undefined))?.kill()));
    },
  };
}

const bindingOf = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name },
  target: { apiVersion: 'v1', kind: 'Node', name: 'this-machine' },
});

const ready = () => ({
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() }],
  },
});
