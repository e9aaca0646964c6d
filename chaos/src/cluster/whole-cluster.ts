import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ImageProvider, type MusicBrainz, startImageProvider, startMusicBrainz } from '@millrace/simulators';
import {
  type ComponentName,
  freePort,
  type RunningComponent,
  serviceTable,
  startComponent,
  startMeshEngineProcess,
  startServiceProcess,
} from '@millrace/stack';
import { type Db, MongoClient } from 'mongodb';
import { chaosConfig } from '../config.ts';
import { type Part, partOf } from './part.ts';
import { type WireName, type Wires, wiresTo } from './wires.ts';

export type ServiceName = 'campaign' | 'music' | 'projects' | 'mesh-orchestrator' | 'notifications';

export const serviceNames = serviceTable.map(({ name }) => name as ServiceName);

/** Everything that Millrace is made of, with two processes of each service; the second of each is wired through proxies. */
export type WholeCluster = {
  readonly parts: readonly Part[];
  readonly wires: Wires;
  readonly provider: MusicBrainz;
  readonly images: ImageProvider;
  readonly amqpUrl: string;
  readonly natsUrl: string;
  /** `host:port` of the mesh engine. */
  readonly engineAddress: string;
  readonly rabbitmq: RunningComponent;
  /** Where the components keep what is theirs, each in a folder of its own. */
  readonly directory: string;
  /** Where pictures and meshes lie, and where repositories do. */
  readonly folders: { readonly artifacts: string; readonly repositories: string };
  /** Where the two processes of a service answer, also while they are down. */
  urlsOf(service: ServiceName): readonly [string, string];
  database(service: ServiceName): Db;
  /** Services first, by SIGTERM. */
  stop(): Promise<void>;
};

/** Leases and sweeps of a third of the usual: a run of minutes then holds as many rescues as an hour does otherwise. */
const timing = {
  JOBS_LEASE_MS: '6000',
  JOBS_HEARTBEAT_MS: '1500',
  JOBS_SWEEP_MS: '1500',
  JOBS_REDISPATCH_MS: '8000',
};

type Options = {
  readonly directory: string;
  readonly albums: number;
  /** Of each service, beside what it needs. Default: nothing. */
  readonly serviceEnvironment?: Readonly<Record<string, string>>;
  say(line: string): void;
};

/** Starts it and resolves when every part is ready. @throws after ending what was started. */
export async function startWholeCluster({
  directory,
  albums,
  serviceEnvironment,
  say,
}: Options): Promise<WholeCluster> {
  const endings: (() => Promise<unknown>)[] = [];
  try {
    return await started();
  } catch (error) {
    await endAll();
    throw error;
  }

  async function endAll(): Promise<void> {
    for (const end of endings.splice(0).reverse()) await end();
  }

  async function started(): Promise<WholeCluster> {
    const components = await startComponents(directory, endings);
    const urls = urlsOfComponents(components);
    const wires = await wiresTo(urls);
    endings.push(() => Promise.all(Object.values(wires).map((wire) => wire.end())));
    const provider = await startMusicBrainz({ plainAlbums: albums });
    const images = await startImageProvider();
    endings.push(() => Promise.all([provider.stop(), images.stop()]));
    const client = new MongoClient(urls.mongodb, { serverSelectionTimeoutMS: 2_000 });
    endings.push(() => client.close());

    const folders = { artifacts: join(directory, 'artifacts'), repositories: join(directory, 'repositories') };
    for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
    const portOf = await portsOfParts();
    const env = environment({ provider, images, folders, portOf });
    const connected = { AMQP_URL: urls.rabbitmq, NATS_URL: urls.nats, MONGODB_URI: urls.mongodb };
    const wired = { AMQP_URL: wires.rabbitmq.url, NATS_URL: wires.nats.url, MONGODB_URI: wires.mongodb.url };
    const service = (name: ServiceName, replica: '1' | '2') => {
      const logFile = join(directory, `${name}-${replica}.log`);
      const own = {
        ...env,
        ...(replica === '1' ? connected : wired),
        CALLBACK_BASE_URL: `http://127.0.0.1:${portOf(`${name} ${replica}`)}`,
        ...serviceEnvironment,
      };
      return partOf({ name: `${name} ${replica}`, logFile }, () =>
        startServiceProcess(name, { port: portOf(`${name} ${replica}`), env: own, logFile }),
      );
    };
    const engineLog = join(directory, 'mesh-engine.log');
    const starts = [
      ...serviceNames.flatMap((name) => [service(name, '1'), service(name, '2')]),
      partOf({ name: 'mesh-engine', logFile: engineLog }, () =>
        startMeshEngineProcess({ port: portOf('mesh-engine 1'), env: { ...env, WORKERS: '1' }, logFile: engineLog }),
      ),
    ];
    const outcomes = await Promise.allSettled(starts);
    const ours = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    endings.push(() => Promise.all(ours.map((part) => part.stop())));
    const failure = outcomes.find(({ status }) => status === 'rejected');
    if (failure) throw (failure as PromiseRejectedResult).reason;
    say(`${ours.length} processes of ours run beside RabbitMQ, NATS and MongoDB`);

    return {
      parts: [...ours, ...[...components.values()].map(componentPart)],
      wires,
      provider,
      images,
      folders,
      amqpUrl: urls.rabbitmq,
      natsUrl: urls.nats,
      engineAddress: env['MESH_ENGINE_ADDRESS'] ?? '',
      rabbitmq: components.get('rabbitmq') as RunningComponent,
      directory: join(directory, 'components'),
      urlsOf: (name) => [`http://127.0.0.1:${portOf(`${name} 1`)}`, `http://127.0.0.1:${portOf(`${name} 2`)}`],
      database: (name) => client.db(name),
      stop: endAll,
    };
  }
}

/** A free port for each process of ours, by its name. */
async function portsOfParts(): Promise<(part: string) => number> {
  const ports = new Map<string, number>();
  for (const name of [...serviceNames, 'mesh-engine'])
    for (const replica of ['1', '2']) ports.set(`${name} ${replica}`, await freePort());
  return (part) => ports.get(part) as number;
}

type Components = ReadonlyMap<WireName, RunningComponent>;

async function startComponents(directory: string, endings: (() => Promise<unknown>)[]): Promise<Components> {
  const names = ['rabbitmq', 'nats', 'mongodb'] as const satisfies readonly ComponentName[];
  const found = new Map<WireName, RunningComponent>();
  await Promise.all(
    names.map(async (name) => {
      const component = await startComponent(name, { directory: join(directory, 'components') });
      found.set(name, component);
      endings.push(() => component.stop());
    }),
  );
  return found;
}

const urlsOfComponents = (components: Components): Record<WireName, string> => {
  const urlOf = (name: WireName) => components.get(name)?.url ?? '';
  return { rabbitmq: urlOf('rabbitmq'), nats: urlOf('nats'), mongodb: urlOf('mongodb') };
};

const componentPart = (component: RunningComponent): Part => ({
  name: component.name,
  kind: component.name as WireName,
  logFile: component.logFile,
  get pid() {
    return component.pid;
  },
  kill: () => component.kill('SIGKILL'),
  stop: () => component.stop(),
  wipe: () => component.wipe(),
  start: () => component.start(),
});

type Found = Pick<WholeCluster, 'provider' | 'images' | 'folders'> & { portOf(part: string): number };

/** What all processes of ours share. Other services are found at their first process; when that is down, whoever needs it tries again. */
const environment = ({ provider, images, folders, portOf }: Found): Record<string, string> => ({
  ...chaosConfig.environment(),
  ...timing,
  ...Object.fromEntries(
    serviceTable.map(({ name, urlVariable }) => [urlVariable, `http://127.0.0.1:${portOf(`${name} 1`)}`]),
  ),
  MESH_ENGINE_ADDRESS: `127.0.0.1:${portOf('mesh-engine 1')}`,
  ARTIFACTS_URL: pathToFileURL(folders.artifacts).href,
  REPOSITORIES_URL: pathToFileURL(folders.repositories).href,
  CALLBACK_SECRET: randomBytes(24).toString('base64url'),
  IMAGE_FETCH_ALLOW: '127.0.0.0/8',
  MUSICBRAINZ_URL: `${provider.url}/ws/2`,
  MUSICBRAINZ_INTERVAL_MS: '5',
  IMAGEKIT_API_URL: images.url,
  IMAGEKIT_PRIVATE_KEY: 'private_simulator',
  TEMPLATE_PROFILE: 'tiny',
  POOL_TARGET: '2',
  OTEL_EXPORTER_OTLP_ENDPOINT: '',
});
