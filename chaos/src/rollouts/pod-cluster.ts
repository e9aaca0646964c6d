import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  apply,
  configure,
  ProcessKubelet,
  type Resource,
  type RunningControlPlane,
  render,
  resourcesOf,
  startControlPlane,
  startServiceProxy,
} from '@millrace/kubernetes';
import { startImageProvider, startMusicBrainz } from '@millrace/simulators';
import {
  type ComponentName,
  controlPlane,
  freePort,
  repositoryRoot,
  serviceTable,
  startComponent,
  startMeshEngineProcess,
  startServiceProcess,
} from '@millrace/stack';
import { MongoClient } from 'mongodb';
import type { Judged } from '../checks/judge.ts';
import { type ServiceName, serviceNames } from '../cluster/whole-cluster.ts';
import { chaosConfig } from '../config.ts';
import { type Deployments, deploymentsAt } from './deployments.ts';

/** Every service as the production overlay has it, its pods processes of this machine, steered by a real control plane. */
export type PodCluster = Judged & {
  readonly kubelet: ProcessKubelet;
  readonly deployments: Deployments;
  stop(): Promise<void>;
};

type Options = { readonly directory: string; readonly albums: number; say(line: string): void };
type Ending = () => unknown;

/** Resolves when every pod is ready. @throws after ending what was started. */
export async function startPodCluster(options: Options): Promise<PodCluster> {
  const endings: Ending[] = [];
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    return { ...(await started(options, endings)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function started({ directory, albums, say }: Options, endings: Ending[]): Promise<Omit<PodCluster, 'stop'>> {
  const outside = await startOutside(directory, albums, endings);
  const plane = await startPlane(join(directory, 'plane'), say, endings);
  const overlay = resourcesOf(await render(join(repositoryRoot, 'infra/k8s/overlays/production')));
  const selector = 'app.kubernetes.io/component in (api,worker)';
  const kubelet = new ProcessKubelet(plane.api, selector, async ({ name, container, env }) => {
    const logFile = join(directory, 'pods', `${name}.log`);
    return startServiceProcess(container, {
      port: await freePort(),
      logFile,
      env: { ...chaosConfig.environment(), ...env },
    });
  });
  kubelet.start();
  endings.push(() => kubelet.stop());

  const urls = new Map<ServiceName, string>();
  for (const name of serviceNames) {
    const service = overlay.find(({ kind, metadata }) => kind === 'Service' && metadata.name === name);
    const proxy = await startServiceProxy(() => kubelet.portsOf(service?.spec.selector));
    urls.set(name, proxy.url);
    endings.push(proxy.stop);
  }
  const urlOf = (name: ServiceName) => urls.get(name) as string;
  await install(plane.api, overlay, variablesOf(outside, urlOf));
  await startEngine(directory, outside, urlOf, endings);
  const deployments = deploymentsAt(plane.api);
  for (const name of serviceNames) await deployments.rolledOut(name);
  say(`${kubelet.running} pods are ready`);

  const client = new MongoClient(outside.addresses['MONGODB_URI'] ?? '', { serverSelectionTimeoutMS: 2_000 });
  endings.push(() => client.close());
  return {
    kubelet,
    deployments,
    provider: outside.provider,
    folders: outside.folders,
    amqpUrl: outside.addresses['AMQP_URL'] ?? '',
    urlsOf: (name) => [urlOf(name), urlOf(name)],
    database: (name) => client.db(name),
  };
}

type Outside = Awaited<ReturnType<typeof startOutside>>;

/** What stands outside of the pods: broker, bus, database, providers, folders. */
async function startOutside(directory: string, albums: number, endings: Ending[]) {
  const names = ['rabbitmq', 'nats', 'mongodb'] as const satisfies readonly ComponentName[];
  const components = await Promise.all(
    names.map(async (name) => {
      const component = await startComponent(name, { directory: join(directory, 'components') });
      endings.push(() => component.stop());
      return component;
    }),
  );
  const provider = await startMusicBrainz({ plainAlbums: albums });
  const images = await startImageProvider();
  endings.push(() => Promise.all([provider.stop(), images.stop()]));
  const folders = { artifacts: join(directory, 'artifacts'), repositories: join(directory, 'repositories') };
  for (const folder of [...Object.values(folders), join(directory, 'pods')]) await mkdir(folder, { recursive: true });
  const addresses = Object.assign({}, ...components.map(({ env }) => env)) as Record<string, string>;
  return {
    addresses,
    provider,
    images,
    folders,
    engine: await freePort(),
    secret: randomBytes(24).toString('base64url'),
  };
}

async function startPlane(directory: string, say: (line: string) => void, endings: Ending[]) {
  const programs = await controlPlane(say, true);
  if (!programs) throw new Error('there is no etcd on PATH, and this user may not install it');
  const plane = await startControlPlane(programs, { directory, syncSeconds: 5 });
  endings.push(() => plane.stop());
  return plane;
}

/** Deployments as production has them; their replicas are set here, where an autoscaler would. */
async function install(
  api: RunningControlPlane['api'],
  overlay: readonly Resource[],
  { cluster, secret }: { cluster: Record<string, string>; secret: Record<string, string> },
): Promise<void> {
  const wanted = overlay.filter(({ kind, metadata: { labels } }) => {
    const component = labels?.['app.kubernetes.io/component'] ?? '';
    return ['ServiceAccount', 'Deployment'].includes(kind) && ['api', 'worker'].includes(component);
  });
  const namespace = overlay.find(({ kind }) => kind === 'Namespace') as Resource;
  await apply(api, namespace);
  const secrets = Object.fromEntries(serviceNames.map((name) => [name, secret]));
  await configure(api, overlay, { cluster, secrets });
  for (const one of wanted) await apply(api, one);
}

/** What differs on this machine from what the overlay says, and what its Secrets would hold. */
function variablesOf(
  { addresses, provider, images, folders, engine, secret }: Outside,
  urlOf: (name: ServiceName) => string,
) {
  const cluster = {
    ...Object.fromEntries(serviceTable.map(({ name, urlVariable }) => [urlVariable, urlOf(name as ServiceName)])),
    MESH_ENGINE_ADDRESS: `127.0.0.1:${engine}`,
    CALLBACK_BASE_URL: urlOf('mesh-orchestrator'),
    ARTIFACTS_URL: pathToFileURL(folders.artifacts).href,
    REPOSITORIES_URL: pathToFileURL(folders.repositories).href,
    MUSICBRAINZ_URL: `${provider.url}/ws/2`,
    MUSICBRAINZ_INTERVAL_MS: '5',
    IMAGEKIT_API_URL: images.url,
    IMAGE_FETCH_ALLOW: '127.0.0.0/8',
    TEMPLATE_PROFILE: 'tiny',
    POOL_TARGET: '2',
    // Unset: the local key of this checkout signs, and no span leaves.
    ...{ AUTH_LOCAL_KEY_FILE: '', AUTH_JWKS_URL: '', AUTH_ISSUER: '', AUTH_AUDIENCE: '', PUBLIC_URL: '' },
    OTEL_EXPORTER_OTLP_ENDPOINT: '',
  };
  return { cluster, secret: { ...addresses, CALLBACK_SECRET: secret, IMAGEKIT_PRIVATE_KEY: 'private_simulator' } };
}

/** It is not restarted here: it keeps its jobs in memory, and what comes of its end is another scenario's. */
async function startEngine(
  directory: string,
  outside: Outside,
  urlOf: (name: ServiceName) => string,
  endings: Ending[],
): Promise<void> {
  const { cluster, secret } = variablesOf(outside, urlOf);
  const engine = await startMeshEngineProcess({
    port: outside.engine,
    env: { ...chaosConfig.environment(), ...cluster, CALLBACK_SECRET: secret.CALLBACK_SECRET, WORKERS: '1' },
    logFile: join(directory, 'mesh-engine.log'),
  });
  endings.push(() => engine.stop());
}
