import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { controlPlane } from '@millrace/stack';
import { type Resource, render, resourcesOf } from '../rendered.ts';
import { type RunningControlPlane, startControlPlane } from './control-plane-process.ts';
import { apply, dryRun } from './install.ts';

const say = (line: string) => void process.stderr.write(`${line}\n`);
const programs = await controlPlane(say, false);
if (!programs) say('ADMISSION BY THE API SERVER SKIPPED: it is not built on this machine; make rig-k8s builds it');

const overlays = resolve(import.meta.dirname, '../../../../infra/k8s/overlays');
const names = (await readdir(overlays)).toSorted();
const rendered = new Map<string, Resource[]>();
for (const name of names) rendered.set(name, resourcesOf(await render(join(overlays, name))));
const production = rendered.get('production') ?? [];
const copyOf = (kind: string, name: string): Resource => {
  const found = production.find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`no ${kind} ${name} in the production overlay`);
  return structuredClone(found);
};
const containerOf = ({ spec }: Resource) => spec.template.spec.containers[0];

/** The pod that a Deployment would make. */
const podOf = ({ metadata, spec }: Resource) =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: metadata.name }, spec: spec.template.spec }) as Resource;

// Ten minutes of building are no part of a test.
(programs ? describe : describe.skip)('the real API server', () => {
  let directory: string;
  let plane: RunningControlPlane;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-admission-'));
    if (!programs) throw new Error('this is skipped without them');
    plane = await startControlPlane(programs, { directory });
    await apply(plane.api, copyOf('Namespace', 'millrace'));
    for (const one of production.filter(({ kind }) => kind === 'ServiceAccount')) await apply(plane.api, one);
  }, 120_000);
  afterAll(async () => {
    await plane.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test.each(names)(
    'takes everything in the overlay %s',
    async (name) => {
      const { sent, refusals } = await dryRun(plane.api, rendered.get(name) ?? []);

      expect(refusals).toEqual([]);
      expect(sent).toBeGreaterThan(100);
    },
    60_000,
  );

  test('takes the pods of every Deployment under the restricted standard of its namespace', async () => {
    const deployments = production.filter(({ kind }) => kind === 'Deployment');

    const { sent, refusals } = await dryRun(plane.api, deployments.map(podOf));

    expect(refusals).toEqual([]);
    expect(sent).toBe(deployments.length);
  }, 60_000);

  // What the schemas and the linter let pass.
  test.each<[string, string, string, (resource: Resource) => unknown, RegExp]>([
    [
      'more pods at least than at most',
      'HorizontalPodAutoscaler',
      'worker-campaign-seeding',
      ({ spec }) => Object.assign(spec, { minReplicas: 9, maxReplicas: 2 }),
      /must be greater than or equal to `minReplicas`/,
    ],
    [
      'a selector that its own pods do not have',
      'Deployment',
      'music-api',
      ({ spec }) => Object.assign(spec.selector.matchLabels, { 'app.kubernetes.io/name': 'musik' }),
      /`selector` does not match template `labels`/,
    ],
    [
      'more memory wanted than allowed',
      'Deployment',
      'music-api',
      (resource) => Object.assign(containerOf(resource).resources.requests, { memory: '8Gi' }),
      /must be less than or equal to memory limit/,
    ],
    [
      'a mount without its volume',
      'Deployment',
      'music-api',
      (resource) => containerOf(resource).volumeMounts.push({ name: 'nowhere', mountPath: '/nowhere' }),
      /volumeMounts\[\d\]\.name: Not found: .{0,2}"nowhere/,
    ],
    [
      'a budget that says two things',
      'PodDisruptionBudget',
      'music-api',
      ({ spec }) => Object.assign(spec, { minAvailable: 1 }),
      /minAvailable and maxUnavailable cannot be both set/,
    ],
  ])('refuses %s', async (_what, kind, name, mistake, refusal) => {
    const planted = copyOf(kind, name);
    mistake(planted);

    await expect(apply(plane.api, planted, { dryRun: true })).rejects.toThrow(refusal);
  });

  test('refuses a pod that runs as root', async () => {
    const planted = podOf(copyOf('Deployment', 'music-api'));
    Object.assign(planted.spec.securityContext, { runAsNonRoot: false, runAsUser: 0 });

    await expect(apply(plane.api, planted, { dryRun: true })).rejects.toThrow(/violates PodSecurity \W*restricted/);
  });
});
