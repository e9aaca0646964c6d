import { setTimeout as delay } from 'node:timers/promises';
import type { RunningControlPlane } from '@millrace/kubernetes';
import type { ServiceName } from '../cluster/whole-cluster.ts';

/** What an operator does with the Deployments of a service; each resolves when the control plane has done it. */
export type Deployments = {
  /** New pods for all, as `kubectl rollout restart` makes them; `replicas` of the named worker. `podSpec` changes all pods first. */
  restart(service: ServiceName, wish: { worker: string; replicas: number; podSpec?: PodSpec }): Promise<void>;
  scale(worker: string, replicas: number): Promise<void>;
  rolledOut(service: ServiceName): Promise<void>;
};

/** Merged into the pods of all. `preStopSeconds` is what each container does before it hears SIGTERM. */
type PodSpec = { readonly graceSeconds: number; readonly preStopSeconds: number };

type Deployment = {
  metadata: { name: string; generation: number };
  spec: { replicas: number; template: { spec: { containers: { name: string }[] } } };
  status: { observedGeneration?: number; replicas?: number; updatedReplicas?: number; availableReplicas?: number };
};

const path = '/apis/apps/v1/namespaces/millrace/deployments';
const withinMs = 180_000;

export function deploymentsAt(api: RunningControlPlane['api']): Deployments {
  const patch = (name: string, body: unknown) =>
    api(`${path}/${name}`, { method: 'PATCH', type: 'application/strategic-merge-patch+json', body });
  const listOf = async (service: ServiceName) => {
    const selector = encodeURIComponent(`app.kubernetes.io/name=${service}`);
    return (await api<{ items: Deployment[] }>(`${path}?labelSelector=${selector}`)).items;
  };
  const rolledOut = (service: ServiceName) =>
    untilSo(`the pods of ${service} are ready`, async () => {
      const all = await listOf(service);
      return all.length > 0 && all.every(isRolledOut);
    });
  return {
    rolledOut,
    async restart(service, { worker, replicas, podSpec }) {
      const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
      for (const { metadata, spec } of await listOf(service)) {
        const template = { metadata: { annotations }, ...(podSpec && { spec: changed(spec, podSpec) }) };
        await patch(metadata.name, { spec: { template, ...(metadata.name === worker && { replicas }) } });
      }
      await rolledOut(service);
    },
    async scale(worker, replicas) {
      await patch(worker, { spec: { replicas } });
      await untilSo(`${worker} has ${replicas} pods`, async () => isRolledOut(await api(`${path}/${worker}`)));
    },
  };
}

const changed = ({ template }: Deployment['spec'], { graceSeconds, preStopSeconds }: PodSpec) => ({
  terminationGracePeriodSeconds: graceSeconds,
  containers: template.spec.containers.map(({ name }) => ({
    name,
    lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } },
  })),
});

/** As `kubectl rollout status` judges it. */
const isRolledOut = ({ metadata, spec, status }: Deployment): boolean =>
  (status.observedGeneration ?? 0) >= metadata.generation &&
  [status.replicas, status.updatedReplicas, status.availableReplicas].every((count) => count === spec.replicas);

async function untilSo(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs / 1_000} s in vain until ${what}`);
    await delay(300);
  }
}
