import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { checkImages, imageFaults } from './check-images.ts';
import { checkRendered } from './check-overlay.ts';
import { checkScaledObjects } from './check-scaled-objects.ts';
import { listQueues } from './queues.ts';
import { type Resource, render, resourcesOf } from './rendered.ts';
import { violations } from './rules.ts';

const production = resolve(import.meta.dirname, '../../../infra/k8s/overlays/production');
const queues = listQueues();
const rendered = resourcesOf(await render(production));

/** The production overlay with a mistake in it. */
type Mistake = (find: (kind: string, name: string) => Resource, all: Resource[]) => void;

const plant = (mistake: Mistake): Resource[] => {
  const all = structuredClone(rendered);
  const find = (kind: string, name: string) => {
    const found = all.find((one) => one.kind === kind && one.metadata.name === name);
    if (!found) throw new Error(`no ${kind} ${name} in the production overlay`);
    return found;
  };
  mistake(find, all);
  return all;
};

const seeding = 'worker-campaign-seeding';
const podOf = (resource: Resource) => resource.spec.template.spec;
const variables = (resource: Resource): { name: string; value: string }[] => podOf(resource).containers[0].env;
const remove = (all: Resource[], kind: string, name: string) =>
  all.splice(
    all.findIndex((one) => one.kind === kind && one.metadata.name === name),
    1,
  );

test('the production overlay keeps every rule', () => {
  expect(violations(rendered, queues)).toEqual([]);
});

test.each<[string, Mistake, RegExp]>([
  [
    'a queue without its autoscaler',
    (_find, all) => remove(all, 'HorizontalPodAutoscaler', seeding),
    /^queue campaign\.seeding has no autoscaler$/,
  ],
  [
    'an autoscaler that looks at another queue',
    (find) => {
      find('HorizontalPodAutoscaler', seeding).spec.metrics[0].external.metric.selector.matchLabels.queue =
        'campaign.pool';
    },
    /looks at campaign\.pool$/,
  ],
  [
    'a target that no service time asks for',
    (find) => {
      find('HorizontalPodAutoscaler', seeding).spec.metrics[0].external.target.averageValue = '400';
    },
    /aims at 400, its service time asks for 10$/,
  ],
  [
    'a worker of a queue that is no more',
    (find) => {
      for (const one of variables(find('Deployment', seeding))) if (one.name === 'QUEUES') one.value = 'campaign.old';
    },
    /waits for queue campaign\.old/,
  ],
  [
    'two autoscalers of one Deployment',
    (find, all) => void all.push(structuredClone(find('HorizontalPodAutoscaler', seeding))),
    /has two autoscalers$/,
  ],
  [
    'replicas beside an autoscaler',
    (find) => {
      find('Deployment', seeding).spec.replicas = 3;
    },
    /has replicas and an autoscaler/,
  ],
  [
    'an autoscaler that flaps',
    (find) => {
      find('HorizontalPodAutoscaler', seeding).spec.behavior.scaleDown.stabilizationWindowSeconds = 15;
    },
    /it will flap$/,
  ],
  [
    'a grace that is shorter than the drain',
    (find) => {
      podOf(find('Deployment', seeding)).terminationGracePeriodSeconds = 30;
    },
    /a grace of 30 s, its drain lasts 610 s$/,
  ],
  [
    'a grace that is shorter than every worker has',
    (find) => {
      const worker = find('Deployment', 'worker-mesh-critical');
      podOf(worker).terminationGracePeriodSeconds = 100;
      for (const one of variables(worker)) if (one.name === 'DRAIN_SECONDS') one.value = '70';
    },
    /^queue mesh.critical: a grace of 100 s, below 300 s$/,
  ],
  [
    'a drain that is shorter than a run',
    (find) => {
      for (const one of variables(find('Deployment', seeding))) if (one.name === 'DRAIN_SECONDS') one.value = '25';
    },
    /a drain of 25 s, its runs last 600 s$/,
  ],
  [
    'a workload without a budget',
    (_find, all) => remove(all, 'PodDisruptionBudget', 'rabbitmq'),
    /^rabbitmq has 0 disr/,
  ],
  [
    'a budget that blocks a node for ever',
    (find) => {
      find('PodDisruptionBudget', seeding).spec.maxUnavailable = 0;
    },
    /has to be maxUnavailable: 1/,
  ],
  [
    'a pod that writes to its image',
    (find) => {
      podOf(find('Deployment', 'music-api')).containers[0].securityContext.readOnlyRootFilesystem = false;
    },
    /^music-api may write to its image$/,
  ],
  [
    'a secret in a manifest',
    (find) => void variables(find('Deployment', 'music-api')).push({ name: 'AMQP_URL', value: 'amqp://a:b@c' }),
    /^music-api has AMQP_URL in its manifest/,
  ],
  [
    'a network that is open by default',
    (_find, all) => remove(all, 'NetworkPolicy', 'default-deny'),
    /^no NetworkPolicy denies by default/,
  ],
])('the rules see %s', (_what, mistake, finding) => {
  expect(violations(plant(mistake), queues)).toContainEqual(expect.stringMatching(finding));
});

test.each<[string, Mistake, RegExp]>([
  [
    'a misspelt field',
    (find) => {
      podOf(find('Deployment', seeding)).terminationGracePeriodSecond = 90;
    },
    /terminationGracePeriodSecond' was unexpected/,
  ],
  [
    'an image without a version',
    (find) => {
      podOf(find('Deployment', seeding)).containers[0].image = 'millrace/campaign';
    },
    /Image with latest tag/,
  ],
  [
    'an autoscaler of nothing',
    (find) => {
      find('HorizontalPodAutoscaler', 'music-api').spec.scaleTargetRef.name = 'music-apis';
    },
    /HPA target doesn't match any manifest|target.*music-apis|HPA target/i,
  ],
  [
    'a service that selects no pod',
    (find) => {
      find('Service', 'music').spec.selector = { 'app.kubernetes.io/name': 'musik' };
    },
    /selector does not match any pods/,
  ],
])('the schemas or the linter see %s', async (_what, mistake, finding) => {
  const scratch = await mkdtemp(join(tmpdir(), 'millrace-rules-'));
  try {
    const text = plant(mistake)
      .map((one) => stringify(one, { aliasDuplicateObjects: false }))
      .join('---\n');

    const findings = await checkRendered(text, join(scratch, 'planted.yaml'), queues);

    expect(findings).toContainEqual(expect.stringMatching(finding));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
});

test.each<[string, Resource['spec'], RegExp]>([
  ['a misspelt field', { pollingIntervall: 5 }, /\/spec must NOT have .*\(pollingIntervall\)$/],
  ['a wrong type', { maxReplicaCount: 'many' }, /\/spec\/maxReplicaCount must be integer$/],
  [
    'an unknown way to fall back',
    { fallback: { failureThreshold: 3, replicas: 1, behavior: 'guess' } },
    /fallback\/behavior must be/,
  ],
  ['no trigger', { triggers: undefined }, /must have required property 'triggers'$/],
])("KEDA's definition takes every ScaledObject and sees %s", async (_what, mistake, finding) => {
  const overlay = resourcesOf(await render(resolve(production, '../production-keda')));
  const planted = structuredClone(overlay);
  Object.assign(planted.find(({ kind }) => kind === 'ScaledObject')?.spec, mistake);
  const report = (line: string) => {
    throw new Error(line);
  };

  expect(await checkScaledObjects(overlay, report)).toEqual([]);
  expect(await checkScaledObjects(planted, report)).toEqual([expect.stringMatching(finding)]);
});

const dockerfile = await readFile(resolve(production, '../../../../Dockerfile'), 'utf8');
const node = /^ARG NODE_IMAGE=node:([\d.]+)/m.exec(dockerfile)?.[1] ?? '';

test('the Dockerfiles keep every rule', async () => {
  expect(await checkImages(resolve(production, '../../../..'))).toEqual([]);
});

test.each<[string, RegExp | string, string, RegExp]>([
  ['a base that changes', `node:${node}-slim\n`, 'node:24-slim\n', /stands on node:24-slim, which changes/],
  ['a base that is another Node', `node:${node}-slim\n`, 'node:22.1.0-slim\n', /and the workspace on Node 24/],
  ['root as its user', 'USER 10001:10001', 'USER root', /runs as root, and the manifests say 10001:10001$/],
  ['no user', 'USER 10001:10001', '', /runs as root/],
  ['no health probe', /^HEALTHCHECK.*$/m, '', /has no HEALTHCHECK/],
  ['a shell before the program', /^CMD .*$/m, 'CMD node src/main.ts', /passes no SIGTERM on$/],
  ['a package manager before the program', /^CMD .*$/m, 'CMD ["pnpm", "start"]', /passes no SIGTERM on$/],
  ['the whole checkout in the image', '--from=workspace /millrace', '.', /copies from the checkout/],
  ['one stage', /^FROM (?:.|\n)*?(?=^FROM)/m, '', /builds in the image that runs/],
])('the check of images sees %s', (_what, from, to, finding) => {
  expect(imageFaults('Dockerfile', dockerfile, node)).toEqual([]);
  expect(imageFaults('Dockerfile', dockerfile.replace(from, to), node)).toContainEqual(expect.stringMatching(finding));
});

test('a new queue without a row of its own fails with the place to mend it', () => {
  const jobs = [{ service: 'campaign', name: 'dice.roll', queue: 'campaign.dice', timeoutMs: 1_000 }];

  expect(() => listQueues(jobs)).toThrow(
    'no worker and no autoscaler for campaign.dice: give each a row in tools/kubernetes/src/queue-scale.ts',
  );
});

test('a queue has the longest timeout of its jobs', () => {
  const job = { service: 'campaign', queue: 'campaign.pool' };
  const jobs = [
    { ...job, name: 'pool.clean', timeoutMs: 1_500 },
    { ...job, name: 'pool.monitor', timeoutMs: 90_000 },
  ];

  expect(listQueues(jobs)).toEqual([expect.objectContaining({ name: 'campaign.pool', timeoutSeconds: 90 })]);
});
