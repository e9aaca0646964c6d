import { usesArtifacts } from './api.ts';
import { disruptionBudget, type Labels, labelsOf, type Manifest, podOf } from './pod.ts';
import { targetOf } from './queue-scale.ts';
import type { Queue } from './queues.ts';

/** Every worker has so long to go, however short its runs are: a drain also waits for what follows them. */
export const LEAST_GRACE_SECONDS = 300;
/** The kubelet kills so much later than the drain ends, so that it never has to. */
const AFTER_DRAIN_SECONDS = 30;
/** A run ends within its timeout; what ends later than this is handed back, which spends no attempt. */
const drainSeconds = ({ timeoutSeconds }: Queue): number =>
  Math.max(timeoutSeconds + 10, LEAST_GRACE_SECONDS - AFTER_DRAIN_SECONDS);
const graceSeconds = (queue: Queue): number => drainSeconds(queue) + AFTER_DRAIN_SECONDS;

export const workerName = ({ name }: Queue): string => `worker-${name.replaceAll('.', '-')}`;

/** The pods that perform the jobs of one queue. */
export function workerOf(queue: Queue, port: number): Manifest[] {
  const name = workerName(queue);
  const labels: Labels = { ...labelsOf(queue.service, 'worker'), 'millrace.dev/queue': queue.name };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      revisionHistoryLimit: 5,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: labels },
      template: podOf({
        service: queue.service,
        labels,
        port,
        env: {
          RUN: 'worker',
          QUEUES: queue.name,
          CONCURRENCY: `${queue.slots}`,
          DRAIN_SECONDS: `${drainSeconds(queue)}`,
        },
        resources: queue,
        graceSeconds: graceSeconds(queue),
        usesArtifacts: usesArtifacts(queue.service),
      }),
    },
  };
  return [deployment, disruptionBudget(name, labels)];
}

const ownBehaviour = {
  // Up at once. Down slowly, and only when five minutes have not asked for more: bursts come in rows.
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 2, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 30 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    selectPolicy: 'Min',
    policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
  },
};

/** The autoscaler of a queue, on the backlog that the API pods read from the records. */
export const autoscalerOf = (queue: Queue): Manifest => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: workerName(queue), labels: labelsOf(queue.service, 'worker') },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: workerName(queue) },
    minReplicas: 1,
    maxReplicas: queue.maxReplicas,
    behavior: ownBehaviour,
    metrics: [
      {
        type: 'External',
        external: {
          metric: { name: 'jobs_backlog', selector: { matchLabels: { queue: queue.name } } },
          target: { type: 'AverageValue', averageValue: `${targetOf(queue)}` },
        },
      },
    ],
  },
});

/** The same for KEDA, which asks Prometheus itself. */
export const scaledObjectOf = (queue: Queue): Manifest => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: workerName(queue), labels: labelsOf(queue.service, 'worker') },
  spec: {
    scaleTargetRef: { name: workerName(queue) },
    minReplicaCount: 1,
    maxReplicaCount: queue.maxReplicas,
    pollingInterval: 10,
    fallback: { failureThreshold: 3, replicas: 1, behavior: 'currentReplicasIfHigher' },
    advanced: { horizontalPodAutoscalerConfig: { behavior: ownBehaviour } },
    triggers: [
      {
        type: 'prometheus',
        metricType: 'AverageValue',
        metadata: {
          serverAddress: 'http://prometheus:9090',
          query: `max(jobs_backlog{queue="${queue.name}"})`,
          threshold: `${targetOf(queue)}`,
          ignoreNullValues: 'false',
        },
      },
    ],
  },
});
