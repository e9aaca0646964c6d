import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { controlPlane } from '@millrace/stack';
import { type Resource, render, resourcesOf } from '../rendered.ts';
import { chartOf, type Sample } from './chart.ts';
import { type RunningControlPlane, startControlPlane } from './control-plane-process.ts';
import { serveExternalMetrics } from './external-metrics.ts';
import { apply, configure, dryRun, registerMetrics } from './install.ts';
import { ProcessKubelet } from './process-kubelet.ts';
import { type Scene, startScene, untilTrue } from './scene.ts';

const root = resolve(import.meta.dirname, '../../../..');
const overlays = join(root, 'infra/k8s/overlays');
const worker = 'worker-campaign-seeding';
const queue = 'campaign.seeding';
const JOBS = 120;
/** As many as two cores bear beside the broker and the database. */
const MOST_PODS = 3;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const programs = await controlPlane(say, true);
if (!programs) throw new Error('there is no etcd on PATH, and this user may not install it');
const directory = await mkdtemp(join(tmpdir(), 'millrace-rig-'));
const plane = await startControlPlane(programs, { directory: join(directory, 'plane'), syncSeconds: 2 });
try {
  const resources = await admitOverlays(plane);
  await runRounds(plane, resources, directory);
} finally {
  await plane.stop();
  await rm(directory, { recursive: true, force: true });
}

/** @returns the production overlay, which everything below is taken from. */
async function admitOverlays({ api }: RunningControlPlane): Promise<Resource[]> {
  const rendered = new Map<string, Resource[]>();
  for (const name of (await readdir(overlays)).toSorted())
    rendered.set(name, resourcesOf(await render(join(overlays, name))));
  const production = rendered.get('production') ?? [];
  const namespace = production.find(({ kind }) => kind === 'Namespace');
  if (namespace) await apply(api, namespace);
  for (const [name, resources] of rendered) {
    const { sent, unknown, refusals } = await dryRun(api, resources);
    say(`server-side dry run of ${name}: ${sent} sent, ${refusals.length} refused, ${unknown} of unknown kinds`);
    for (const refusal of refusals) say(`    ${refusal}`);
    if (refusals.length > 0) process.exitCode = 1;
  }
  return production;
}

async function runRounds(plane: RunningControlPlane, production: readonly Resource[], directory: string) {
  const scene = await startScene(join(directory, 'scene'));
  let read = scene.backlog;
  const metrics = await serveExternalMetrics(plane.certificate, (name) => read(name));
  const selector = `millrace.dev/queue=${queue}`;
  const kubelet = new ProcessKubelet(plane.api, selector, scene.startPod);
  kubelet.start();
  try {
    await registerMetrics(plane.api, metrics.port);
    await configure(plane.api, production, { cluster: scene.environment, secrets: { campaign: {} } });
    await install(plane, production);
    const good = await round(plane, scene, kubelet);
    await writeFile(join(root, 'docs/autoscaling.svg'), chartOf(good.samples, `${JOBS} seedings of 788 rows each`));
    const p99 =
      kubelet.drains.map(({ ms }) => ms).toSorted((a, b) => a - b)[Math.ceil(kubelet.drains.length * 0.99) - 1] ?? 0;
    say(`${told(good)}, ${kubelet.kills} killed, ${kubelet.drains.length} drained, p99 ${Math.round(p99)} ms`);
    const isGood = good.outcome.completed === JOBS && good.outcome.again === 0 && kubelet.kills === 0;
    const hasScaled = good.most > 1 && good.flaps === 0;

    // The control: a metric that does not see what runs, and no time to end it.
    read = scene.waiting;
    await install(plane, production, { graceSeconds: 1 });
    const bad = await round(plane, scene, kubelet);
    say(`control: ${told(bad)}, ${kubelet.kills} killed`);
    const controlFails = kubelet.kills > 0 && bad.outcome.again > 0;
    say(isGood && hasScaled && controlFails ? 'as promised, and the control fails' : 'NOT as promised');
    if (!(isGood && hasScaled && controlFails)) process.exitCode = 1;
  } finally {
    await kubelet.stop();
    await metrics.stop();
    await scene.stop();
  }
}

type Round = { samples: Sample[]; most: number; flaps: number; outcome: Awaited<ReturnType<Scene['outcome']>> };

/** A load, until it is done and one pod is left. `flaps` counts how often the pods became more after becoming fewer. */
async function round(plane: RunningControlPlane, scene: Scene, kubelet: { running: number }): Promise<Round> {
  await untilTrue('one worker runs', 60, async () => kubelet.running === 1);
  await delay(5_000);
  const samples: Sample[] = [];
  const startedAt = Date.now();
  const path = `/apis/apps/v1/namespaces/millrace/deployments/${worker}`;
  let isLoading = true;
  const loading = scene.create(JOBS).finally(() => {
    isLoading = false;
  });
  await untilTrue('the backlog is done and one pod is left', 300, async () => {
    const { spec } = await plane.api<{ spec: { replicas: number } }>(path);
    const backlog = (await scene.backlog(queue)) ?? 0;
    const sample = { backlog, wanted: spec.replicas, running: kubelet.running };
    samples.push({ at: (Date.now() - startedAt) / 1_000, ...sample });
    return !isLoading && backlog === 0 && spec.replicas === 1 && kubelet.running === 1;
  });
  await loading;
  const wanted = samples.map((sample) => sample.wanted).filter((count, index, all) => count !== all[index - 1]);
  const flaps = wanted.filter(
    (count, at) => count > (wanted[at - 1] ?? count) && (wanted[at - 2] ?? 0) > (wanted[at - 1] ?? 0),
  );
  return { samples, most: Math.max(...wanted), flaps: flaps.length, outcome: await scene.outcome() };
}

function told({ most, flaps, outcome, samples }: Round): string {
  return `${outcome.completed} of ${outcome.accepted} completed, ${outcome.again} begun more than once, imbalance ${outcome.imbalance}, 1 → ${most} → 1 pods in ${Math.round(samples.at(-1)?.at ?? 0)} s, ${flaps} flaps`;
}

/** Worker and autoscaler of the queue as production has them, but for windows that a person can wait for. */
async function install(
  { api }: RunningControlPlane,
  production: readonly Resource[],
  wish: { graceSeconds?: number } = {},
) {
  const own = (structuredClone(production) as Resource[]).filter(
    ({ kind, metadata: { name } }) => name === worker || (kind === 'ServiceAccount' && name === 'campaign'),
  );
  for (const one of own) {
    if (one.kind === 'HorizontalPodAutoscaler') hurry(one, wish.graceSeconds !== undefined);
    if (one.kind === 'Deployment' && wish.graceSeconds !== undefined)
      one.spec.template.spec.terminationGracePeriodSeconds = wish.graceSeconds;
    await apply(api, one);
  }
}

function hurry({ spec }: Resource, isControl: boolean): void {
  spec.maxReplicas = MOST_PODS;
  spec.behavior.scaleUp.policies[0].periodSeconds = 5;
  spec.behavior.scaleDown = {
    stabilizationWindowSeconds: isControl ? 0 : 15,
    policies: [{ type: 'Pods', value: isControl ? 4 : 1, periodSeconds: 5 }],
  };
}
