import { targetOf } from './queue-scale.ts';
import type { Queue } from './queues.ts';
import type { Resource } from './rendered.ts';
import { LEAST_GRACE_SECONDS } from './worker.ts';

type Rule = (resources: readonly Resource[], queues: readonly Queue[]) => string[];

/** RabbitMQ takes a message back after this; a run has to have ended, and its worker too. */
const CONSUMER_TIMEOUT_SECONDS = 1_800;
const SCALE_DOWN_WINDOW_SECONDS = 120;

/** What no tool knows: the rules between the jobs and the manifests. @returns a sentence for each violation. */
export const violations: Rule = (resources, queues) => rules.flatMap((rule) => rule(resources, queues));

const rules: readonly Rule[] = [
  everyQueueScales,
  oneAutoscalerEach,
  autoscalersHoldStill,
  gracesOutlastRuns,
  budgetsForAll,
  podsAreConfined,
  noSecretsInSight,
  policiesDenyByDefault,
];

/** A worker and an autoscaler for each queue, on the backlog of just that queue, and none for a queue that is not. */
function everyQueueScales(resources: readonly Resource[], queues: readonly Queue[]): string[] {
  const workers = workersOf(resources);
  const scaled = new Map(resources.flatMap((one) => scalingOf(one)));
  const missing = queues.flatMap((queue) => {
    const { name } = queue;
    const deployment = workers.get(name);
    if (!deployment) return [`queue ${name} has no worker`];
    const scaling = scaled.get(deployment.metadata.name);
    if (!scaling) return [`queue ${name} has no autoscaler`];
    return [
      ...(scaling.queue === name ? [] : [`the autoscaler of queue ${name} looks at ${scaling.queue}`]),
      ...(scaling.target === targetOf(queue)
        ? []
        : [`the autoscaler of queue ${name} aims at ${scaling.target}, its service time asks for ${targetOf(queue)}`]),
    ];
  });
  const known = new Set(queues.map(({ name }) => name));
  const strangers = [...workers.keys()].filter((name) => !known.has(name));
  return [...missing, ...strangers.map((name) => `a worker waits for queue ${name}, which no contract names`)];
}

function scalingOf({ kind, spec }: Resource): [string, { queue: string; target: number }][] {
  if (kind === 'HorizontalPodAutoscaler') {
    const external = spec.metrics?.[0]?.external;
    if (external?.metric.name !== 'jobs_backlog') return [];
    const queue = external.metric.selector?.matchLabels?.queue;
    return [[spec.scaleTargetRef.name, { queue, target: Number(external.target.averageValue) }]];
  }
  if (kind !== 'ScaledObject') return [];
  const { query, threshold } = spec.triggers[0].metadata;
  const queue = /queue="([^"]+)"/.exec(query)?.[1] ?? 'no queue';
  return [[spec.scaleTargetRef.name, { queue, target: Number(threshold) }]];
}

/** Two autoscalers would fight over one Deployment, and a fixed number of replicas with one. */
function oneAutoscalerEach(resources: readonly Resource[]): string[] {
  const targets = resources
    .filter(({ kind }) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject')
    .map(({ spec }) => spec.scaleTargetRef.name as string);
  const twice = targets.filter((name, index) => targets.indexOf(name) !== index);
  const fixed = workloads(resources).filter(({ metadata, spec }) => targets.includes(metadata.name) && spec.replicas);
  return [
    ...twice.map((name) => `${name} has two autoscalers`),
    ...fixed.map(({ metadata }) => `${metadata.name} has replicas and an autoscaler; leave the number to the latter`),
  ];
}

function autoscalersHoldStill(resources: readonly Resource[]): string[] {
  return resources
    .filter((one) => one.kind === 'HorizontalPodAutoscaler' && scalingOf(one).length > 0)
    .filter(({ spec }) => !(spec.behavior?.scaleDown?.stabilizationWindowSeconds >= SCALE_DOWN_WINDOW_SECONDS))
    .map(
      ({ metadata }) => `${metadata.name} may shrink before ${SCALE_DOWN_WINDOW_SECONDS} s have passed: it will flap`,
    );
}

/** timeout + 10 ≤ drain, drain + 30 ≤ grace, 300 ≤ grace < consumer timeout; and nothing in preStop, which the grace would pay. */
function gracesOutlastRuns(resources: readonly Resource[], queues: readonly Queue[]): string[] {
  const workers = workersOf(resources);
  return queues.flatMap(({ name, timeoutSeconds }) => {
    const pod = workers.get(name)?.spec.template.spec;
    if (!pod) return [];
    const drain = Number(variable(pod.containers[0], 'DRAIN_SECONDS'));
    const grace = pod.terminationGracePeriodSeconds ?? 30;
    const wanted: [boolean, string][] = [
      [drain >= timeoutSeconds + 10, `a drain of ${drain} s, its runs last ${timeoutSeconds} s`],
      [grace >= drain + 30, `a grace of ${grace} s, its drain lasts ${drain} s`],
      [grace >= LEAST_GRACE_SECONDS, `a grace of ${grace} s, below ${LEAST_GRACE_SECONDS} s`],
      [grace < CONSUMER_TIMEOUT_SECONDS, `a grace of ${grace} s, longer than RabbitMQ waits`],
      [!pod.containers[0].lifecycle?.preStop, 'preStop takes from the grace of the worker'],
    ];
    return wanted.filter(([isKept]) => !isKept).map(([, finding]) => `queue ${name}: ${finding}`);
  });
}

function budgetsForAll(resources: readonly Resource[]): string[] {
  const budgets = resources.filter(({ kind }) => kind === 'PodDisruptionBudget');
  return [
    ...workloads(resources).flatMap(({ metadata, spec }) => {
      const labels = spec.template.metadata.labels;
      const count = budgets.filter((one) => selects(one.spec.selector, labels)).length;
      return count === 1 ? [] : [`${metadata.name} has ${count} disruption budgets, one is wanted`];
    }),
    ...budgets
      .filter(({ spec }) => spec.maxUnavailable !== 1)
      .map(
        ({ metadata }) =>
          `the budget ${metadata.name} has to be maxUnavailable: 1, else one replica blocks a node for ever`,
      ),
  ];
}

function podsAreConfined(resources: readonly Resource[]): string[] {
  return workloads(resources).flatMap(({ metadata, spec }) => {
    const pod = spec.template.spec;
    const container = pod.containers[0];
    const wanted: [boolean, string][] = [
      [pod.securityContext?.runAsNonRoot === true, 'may run as root'],
      [pod.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile'],
      [container.securityContext?.readOnlyRootFilesystem === true, 'may write to its image'],
      [container.securityContext?.capabilities?.drop?.[0] === 'ALL', 'keeps capabilities'],
      [Boolean(container.resources?.requests?.cpu && container.resources?.limits?.memory), 'has no resources'],
      [Boolean(container.readinessProbe && container.livenessProbe), 'lacks a probe'],
      [Boolean(pod.topologySpreadConstraints), 'is not spread over nodes'],
      [pod.serviceAccountName !== undefined, 'has no ServiceAccount of its own'],
    ];
    return wanted.filter(([holds]) => !holds).map(([, sentence]) => `${metadata.name} ${sentence}`);
  });
}

/** Secrets come by reference. */
function noSecretsInSight(resources: readonly Resource[]): string[] {
  const secret = /PASSWORD|SECRET|TOKEN|_KEY$|^(AMQP_URL|MONGODB_URI|SMTP_URL)$/;
  return workloads(resources).flatMap(({ metadata, spec }) =>
    (spec.template.spec.containers[0].env ?? [])
      .filter((one: { name: string; value?: string }) => one.value !== undefined && secret.test(one.name))
      .map(({ name }: { name: string }) => `${metadata.name} has ${name} in its manifest; refer to a Secret`),
  );
}

function policiesDenyByDefault(resources: readonly Resource[]): string[] {
  const policies = resources.filter(({ kind }) => kind === 'NetworkPolicy');
  const denies = policies.some(
    ({ spec }) =>
      Object.keys(spec.podSelector).length === 0 && spec.policyTypes.length === 2 && !spec.ingress && !spec.egress,
  );
  return denies ? [] : ['no NetworkPolicy denies by default, both ways'];
}

type Selector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values: string[] }[];
};

const selects = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Record<string, string>): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''));

const workloads = (resources: readonly Resource[]): Resource[] =>
  resources.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');

/** Worker Deployments by the queue that their QUEUES names. */
const workersOf = (resources: readonly Resource[]): Map<string, Resource> =>
  new Map(
    workloads(resources).flatMap((one) => {
      const queue = variable(one.spec.template.spec.containers[0], 'QUEUES');
      return queue ? [[queue, one] as const] : [];
    }),
  );

const variable = (container: { env?: { name: string; value?: string }[] }, name: string): string | undefined =>
  container.env?.find((one) => one.name === name)?.value;
