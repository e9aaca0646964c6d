import { disruptionBudget, type Labels, labelsOf, type Manifest, podOf } from './pod.ts';

type Service = {
  readonly name: string;
  readonly port: number;
  /** Of a service without queues the API pods do what else workers do: hear events. */
  readonly hasWorkers: boolean;
};

/** Services that read and write pictures and meshes. */
export const usesArtifacts = (service: string): boolean => ['projects', 'mesh-orchestrator'].includes(service);

const MIN = 2;
const MAX = 6;
/** In-flight requests end within this, and `/jobs/:id?wait=30` is one of them. */
const DRAIN_SECONDS = 40;
const PRE_STOP_SECONDS = 5;

/** The pods of a service that answer HTTP and perform no job, with all that belongs to them. */
export function apiOf({ name, port, hasWorkers }: Service): Manifest[] {
  return answering({ name: `${name}-api`, labels: labelsOf(name, 'api') }, name, port, {
    RUN: hasWorkers ? 'api' : 'all',
  });
}

/** The pods of the console, which only asks the services: it performs no job and hears no event. */
export const frontOf = ({ name, port }: Pick<Service, 'name' | 'port'>): Manifest[] =>
  answering({ name, labels: labelsOf(name, 'front') }, name, port, {});

/** Pods behind a Service, as many as they are busy. */
function answering(
  metadata: { name: string; labels: Labels },
  name: string,
  port: number,
  env: Readonly<Record<string, string>>,
): Manifest[] {
  const { labels } = metadata;
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, labels }, automountServiceAccountToken: false },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        // No number of replicas: it is the autoscaler's, and each apply would take it back.
        revisionHistoryLimit: 5,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        selector: { matchLabels: labels },
        template: podOf({
          service: name,
          labels,
          port,
          env: { ...env, DRAIN_SECONDS: `${DRAIN_SECONDS}` },
          resources: { cpuMilli: 100, memoryMi: 256 },
          graceSeconds: PRE_STOP_SECONDS + DRAIN_SECONDS + 15,
          preStopSeconds: PRE_STOP_SECONDS,
          usesArtifacts: usesArtifacts(name),
          hasOwnSettings: labels['app.kubernetes.io/component'] === 'front',
        }),
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, labels },
      spec: { selector: labels, ports: [{ name: 'http', port, targetPort: 'http' }] },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name },
        minReplicas: MIN,
        maxReplicas: MAX,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        ],
      },
    },
    disruptionBudget(metadata.name, labels),
  ];
}
