import { cleanMeshes } from '@millrace/contracts/mesh';
import { createOutbox, type Outbox } from '@millrace/events';
import { defineSchedule } from '@millrace/jobs';
import {
  type App,
  type ArtifactStore,
  type Kit,
  openArtifacts,
  type Running,
  serviceIdentity,
  signedPaths,
} from '@millrace/service';
import { readReport } from './clients/engine-report.ts';
import { createMeshEngine } from './clients/mesh-engine.ts';
import { countMesh } from './clients/mesh-metrics.ts';
import { createProjects, type Projects } from './clients/projects.ts';
import type { Config } from './config.ts';
import type { Mesh } from './domain/mesh.ts';
import { artifactRoute, signedLinks } from './http/artifacts.ts';
import { callbackRoute } from './http/callbacks.ts';
import { MeshFeed } from './http/mesh-feed.ts';
import { meshRoutes } from './http/meshes.ts';
import { presetRoutes } from './http/presets.ts';
import { startUpkeep, type Upkeep } from './http/upkeep.ts';
import { cleanMeshesJob } from './jobs/clean-meshes.ts';
import { finishMeshJob } from './jobs/finish-mesh.ts';
import { generateMeshJob } from './jobs/generate-mesh.ts';
import { progressMeshJob } from './jobs/progress-mesh.ts';
import { retryMeshJob } from './jobs/retry-mesh.ts';
import { meshJobsOf } from './store/mesh-jobs.ts';
import { createMeshStore } from './store/mesh-store.ts';

/** The mesh orchestrator: has the mesh engine make meshes of pictures. */
export function createApp({ name, config, log, database }: Kit<Config>): App {
  const running = Promise.withResolvers<Running>();
  const { meshes, runs } = createMeshStore(database);
  const meshJobs = meshJobsOf(running.promise.then(({ jobs }) => jobs));
  const artifacts = openArtifacts(config.ARTIFACTS_URL);
  const paths = signedPaths(config);
  const projects = createProjects({ url: config.PROJECTS_URL, identity: serviceIdentity(name, config) });
  const engine = createMeshEngine({
    address: config.MESH_ENGINE_ADDRESS,
    callbackUrlOf: (engineJobId) =>
      config.CALLBACK_SECRET ? `${callbackBase(config)}/callbacks/mesh/${engineJobId}` : '',
    timeoutSeconds: Math.ceil(config.MESH_DEADLINE_SECONDS),
  });
  const feed = new MeshFeed(meshes, log);
  const outbox = outboxOn(database, running.promise, log);
  let upkeep: Upkeep | undefined;

  return {
    jobs: [
      generateMeshJob({
        meshes,
        runs,
        engine,
        addressOf: addressFinder(projects),
        missing: async () => [...(await meshJobs.troubles()), ...(await troublesOf(artifacts))],
        deadlineMs: config.MESH_DEADLINE_SECONDS * 1_000,
        watchMs: config.MESH_WATCH_MS,
        silenceMs: config.MESH_SILENCE_MS,
      }),
      progressMeshJob({ meshes, runs, engine, wake: meshJobs.wake }),
      finishMeshJob({ meshes, runs, engine, artifacts, ...meshJobs, observe: countMesh }),
      retryMeshJob({ meshes, runs, command: meshJobs.command }),
      cleanMeshesJob({ meshes, runs, artifacts }),
    ],
    schedules: [cleanNightly],
    queues,
    routes: ({ jobs }) => [
      ...meshRoutes({
        meshes,
        runs,
        outbox,
        feed,
        projects,
        command: meshJobs.command,
        cancelJob: meshJobs.cancel,
        linkTo: signedLinks(paths, { seconds: config.LINK_SECONDS, base: config.PUBLIC_URL }),
        internal: [config.PROJECTS_URL, callbackBase(config), ...(config.PUBLIC_URL ? [config.PUBLIC_URL] : [])],
      }),
      ...presetRoutes(),
      artifactRoute({ meshes, artifacts, paths }),
      callbackRoute({ jobs, secret: config.CALLBACK_SECRET, readReport }),
    ],
    async start(parts) {
      running.resolve(parts);
      parts.bus.onStreamReset(async () => void (await outbox.tellAgain(new Date(Date.now() - dayMs))));
      upkeep ??= startUpkeep({ outboxes: [outbox], log });
    },
    async stop() {
      feed.stop();
      engine.close();
      await upkeep?.stop();
    },
  };
}

/** As Sidekiq's users know them: what people wait for goes before what may wait. */
const queues = {
  'mesh.critical': { weight: 10 },
  'mesh.generation': { weight: 5 },
  'mesh.batch': { weight: 3 },
  'mesh.default': { weight: 2 },
  'mesh.low': { weight: 1 },
};

const dayMs = 86_400_000;

const cleanNightly = defineSchedule({
  name: 'mesh.clean-old',
  cron: '0 2 * * *',
  job: cleanMeshes,
  payload: { olderThanSeconds: (7 * dayMs) / 1_000 },
});

const callbackBase = ({ CALLBACK_BASE_URL, PORT }: Config): string => CALLBACK_BASE_URL ?? `http://127.0.0.1:${PORT}`;

const addressFinder =
  (projects: Projects) =>
  async ({ source }: Mesh, signal: AbortSignal): Promise<string> =>
    source.kind === 'url' ? source.imageUrl : projects.addressOf(source, signal);

/** A look at a file that is never there: the answer shows that the store answers. */
async function troublesOf(artifacts: Pick<ArtifactStore, 'stat'>): Promise<string[]> {
  try {
    await artifacts.stat('meshes/health');
    return [];
  } catch (error) {
    return [`the artifact store does not answer: ${(error as Error).message}`];
  }
}

/** What requests make true is told from the mesh that it is about. */
function outboxOn(database: Kit['database'], running: Promise<Running>, log: Kit['log']): Outbox {
  const bus = {
    publish: async (...told: Parameters<Running['bus']['publish']>) => (await running).bus.publish(...told),
  };
  return createOutbox({ database, collection: 'meshes', bus, log });
}
