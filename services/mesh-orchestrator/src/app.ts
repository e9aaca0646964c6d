import { cleanMeshes, cleanStorage, reportUsage } from '@millrace/contracts/mesh';
import { createOutbox, type EventBus, type Subscription } from '@millrace/events';
import { defineSchedule, type JobDefinition } from '@millrace/jobs';
import { outsideFetch, outsidePost } from '@millrace/outside';
import {
  type App,
  type Kit,
  openArtifacts,
  RevisionFeed,
  type Running,
  serviceIdentity,
  signedPaths,
} from '@millrace/service';
import { readReport } from './clients/engine-report.ts';
import { createMeshEngine } from './clients/mesh-engine.ts';
import { countMesh } from './clients/mesh-metrics.ts';
import { createPictures } from './clients/pictures.ts';
import { createProjects } from './clients/projects.ts';
import { webhookSender } from './clients/webhook-sender.ts';
import type { Config } from './config.ts';
import type { Mesh } from './domain/mesh.ts';
import { onBatchCompleted } from './events/on-batch-completed.ts';
import { onBatchFailed } from './events/on-batch-failed.ts';
import { onMeshCancelled } from './events/on-mesh-cancelled.ts';
import { onMeshCompleted } from './events/on-mesh-completed.ts';
import { onMeshFailed } from './events/on-mesh-failed.ts';
import { tellWebhooks } from './events/tell-webhooks.ts';
import { artifactRoute, signedLinks } from './http/artifacts.ts';
import { batchRoutes } from './http/batches.ts';
import { callbackRoute } from './http/callbacks.ts';
import { meshRoutes } from './http/meshes.ts';
import { presetRoutes } from './http/presets.ts';
import { quotaOf } from './http/quota.ts';
import { startUpkeep, type Upkeep } from './http/upkeep.ts';
import { usageRoute } from './http/usage.ts';
import { webhookRoutes } from './http/webhooks.ts';
import { abandonBatchJob } from './jobs/abandon-batch.ts';
import { alerting } from './jobs/alerting.ts';
import { batchPictures } from './jobs/batch-pictures.ts';
import { cleanMeshesJob } from './jobs/clean-meshes.ts';
import { cleanStorageJob } from './jobs/clean-storage.ts';
import { deliverWebhookJob } from './jobs/deliver-webhook.ts';
import { equalMesh } from './jobs/equal-mesh.ts';
import { finishMeshJob } from './jobs/finish-mesh.ts';
import { generateBatchJob } from './jobs/generate-batch.ts';
import { generateMeshJob } from './jobs/generate-mesh.ts';
import { progressMeshJob } from './jobs/progress-mesh.ts';
import { reportUsageJob } from './jobs/report-usage.ts';
import { retryMeshJob } from './jobs/retry-mesh.ts';
import { thumbnailMeshJob } from './jobs/thumbnail-mesh.ts';
import { batchCommander } from './store/batch-commander.ts';
import { meshCanceller } from './store/cancel-mesh.ts';
import { meshJobsOf } from './store/mesh-jobs.ts';
import { createMeshStore } from './store/mesh-store.ts';

/** The mesh orchestrator: has the mesh engine make meshes of pictures, one by one or in batches. */
export function createApp(kit: Kit<Config>): App {
  const running = Promise.withResolvers<Running>();
  const parts = partsOf(kit, running.promise);
  const { outboxes, feeds, engine } = parts;
  let upkeep: Upkeep | undefined;

  return {
    jobs: [...jobsOf(parts), ...jobsOfBatches(parts)],
    schedules,
    queues,
    subscriptions: subscriptionsOf(parts),
    routes: (started) => routesOf(parts, started),
    async start(started) {
      running.resolve(started);
      started.bus.onStreamReset(async () => {
        const since = new Date(Date.now() - dayMs);
        await Promise.all(outboxes.map((outbox) => outbox.tellAgain(since)));
      });
      upkeep ??= startUpkeep({ outboxes, log: kit.log });
    },
    async stop() {
      for (const feed of Object.values(feeds)) feed.stop();
      engine.close();
      await upkeep?.stop();
    },
  };
}

type Parts = ReturnType<typeof partsOf>;

/** What jobs and routes stand on. */
function partsOf({ name, config, log, database }: Kit<Config>, running: Promise<Running>) {
  const store = createMeshStore(database);
  const runtime = running.then(({ jobs }) => jobs);
  const bus: Pick<EventBus, 'publish'> = { publish: async (events) => (await running).bus.publish(events) };
  const outboxOf = (collection: string) => createOutbox({ database, collection, bus, log });
  const [outbox, batchOutbox, alertOutbox] = [outboxOf('meshes'), outboxOf('batches'), outboxOf('alerts')];
  const engine = createMeshEngine({
    address: config.MESH_ENGINE_ADDRESS,
    callbackUrlOf: (engineJobId) =>
      config.CALLBACK_SECRET ? `${callbackBase(config)}/callbacks/mesh/${engineJobId}` : '',
    timeoutSeconds: Math.ceil(config.MESH_DEADLINE_SECONDS),
  });
  const meshJobs = meshJobsOf(runtime);
  return {
    name,
    config,
    log,
    ...store,
    runtime,
    meshJobs,
    cancelMesh: meshCanceller({ ...store, engine, outbox, cancelJob: meshJobs.cancel }),
    commandBatch: batchCommander(runtime),
    artifacts: openArtifacts(config.ARTIFACTS_URL),
    paths: signedPaths(config),
    projects: createProjects({ url: config.PROJECTS_URL, identity: serviceIdentity(name, config) }),
    pictures: createPictures(outsideFetch(config.IMAGE_FETCH_ALLOW)),
    engine,
    quota: quotaOf(store.meshes, {
      person: { open: config.QUOTA_OPEN_MESHES, perDay: config.QUOTA_MESHES_PER_DAY },
      project: { open: config.QUOTA_PROJECT_OPEN_MESHES, perDay: config.QUOTA_PROJECT_MESHES_PER_DAY },
    }),
    feeds: { meshes: new RevisionFeed(store.meshes, log), batches: new RevisionFeed(store.batches, log) },
    outbox,
    batchOutbox,
    alertOutbox,
    outboxes: [outbox, batchOutbox, alertOutbox],
  };
}

function jobsOf(parts: Parts): readonly JobDefinition[] {
  const { config, meshJobs, artifacts, projects } = parts;
  const critical = [
    progressMeshJob({ ...parts, wake: meshJobs.wake }),
    finishMeshJob({ ...parts, ...meshJobs, observe: observerOf(parts) }),
  ] as JobDefinition[];
  return [
    generateMeshJob({
      ...parts,
      addressOf: async ({ source }, signal) =>
        source.kind === 'url' ? source.imageUrl : projects.addressOf(source, signal),
      equalMesh: (mesh, signal) =>
        equalMesh(
          {
            ...parts,
            knownSha256: async ({ source }) =>
              source.kind === 'project' ? projects.sha256Of(source, signal) : undefined,
          },
          mesh,
          signal,
        ),
      missing: async () => [...(await meshJobs.troubles()), ...(await troublesOf(artifacts))],
      deadlineMs: config.MESH_DEADLINE_SECONDS * 1_000,
      watchMs: config.MESH_WATCH_MS,
      silenceMs: config.MESH_SILENCE_MS,
      faultRetryMs: config.MESH_FAULT_RETRY_MS,
      timeoutRetryMs: config.MESH_TIMEOUT_RETRY_MS,
    }),
    ...critical.map((definition) => alerting(definition, { service: parts.name, raise: alarm(parts) })),
    retryMeshJob({ ...parts, command: meshJobs.command }),
    thumbnailMeshJob(parts),
    cleanMeshesJob(parts),
    cleanStorageJob(parts),
    reportUsageJob(parts),
    deliverWebhookJob({
      webhooks: parts.webhooks,
      send: webhookSender(outsidePost(config.WEBHOOK_ALLOW), config.WEBHOOK_TIMEOUT_MS),
      retryMs: config.WEBHOOK_RETRY_MS,
      giveUpMs: config.WEBHOOK_GIVE_UP_DAYS * dayMs,
    }),
  ];
}

/** What people have asked to be sent. */
function subscriptionsOf({ webhooks, meshes, projects, runtime }: Parts): readonly Subscription[] {
  const tell = tellWebhooks({ webhooks, meshes, projects, jobs: runtime });
  return [
    onMeshCompleted(tell),
    onMeshFailed(tell),
    onMeshCancelled(tell),
    onBatchCompleted(tell),
    onBatchFailed(tell),
  ];
}

/** A mesh that has ended is counted, and its batch looks at once; without that it looks a little later. */
function observerOf({ batches, meshJobs, log }: Parts): (mesh: Mesh) => void {
  const wakeBatchOf = async ({ batchId }: Mesh) => {
    const batch = batchId === null ? null : await batches.find(batchId);
    if (batch) await meshJobs.wake(batch.jobId);
  };
  return (mesh) => {
    countMesh(mesh);
    wakeBatchOf(mesh).catch((error: unknown) => log.warn({ err: error }, 'batch is not woken, it wakes by itself'));
  };
}

function jobsOfBatches(parts: Parts): readonly JobDefinition[] {
  const { config, meshJobs } = parts;
  const shared = { ...parts, outbox: parts.batchOutbox, ...batchPictures(parts) };
  return [
    generateBatchJob({
      ...shared,
      command: meshJobs.command,
      picturesAtOnce: config.BATCH_CONCURRENCY,
      watchMs: config.MESH_WATCH_MS,
    }),
    abandonBatchJob(shared),
  ];
}

/** Writes an alert down and, when it is due, tells it. */
const alarm =
  ({ alerts, alertOutbox }: Parts): Parameters<typeof alerting>[1]['raise'] =>
  async (facts) => {
    const due = await alerts.raise(facts, new Date());
    if (due) await alertOutbox.tell([due]);
  };

function routesOf(parts: Parts, { jobs }: Running) {
  const { config, meshJobs, artifacts, paths, feeds } = parts;
  return [
    ...meshRoutes({
      ...parts,
      feed: feeds.meshes,
      command: meshJobs.command,
      jobs,
      linkTo: signedLinks({ artifacts, paths, seconds: config.LINK_SECONDS, base: config.PUBLIC_URL }),
      internal: [config.PROJECTS_URL, callbackBase(config), ...(config.PUBLIC_URL ? [config.PUBLIC_URL] : [])],
    }),
    ...batchRoutes({ ...parts, feed: feeds.batches, cancelJob: meshJobs.cancel }),
    usageRoute(parts),
    ...webhookRoutes({ ...parts, jobs }),
    ...presetRoutes(),
    artifactRoute(parts),
    callbackRoute({ jobs, secret: config.CALLBACK_SECRET, readReport }),
  ];
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

const schedules = [
  defineSchedule({
    name: 'mesh.clean-old',
    cron: '0 2 * * *',
    job: cleanMeshes,
    payload: { olderThanSeconds: (7 * dayMs) / 1_000 },
  }),
  defineSchedule({ name: 'storage.clean', cron: '0 3 * * 0', job: cleanStorage, payload: {} }),
  defineSchedule({ name: 'usage.report', cron: '0 0 1 * *', job: reportUsage, payload: {} }),
];

const callbackBase = ({ CALLBACK_BASE_URL, PORT }: Config): string => CALLBACK_BASE_URL ?? `http://127.0.0.1:${PORT}`;

/** A look at a file that is never there: the answer shows that the store answers. */
async function troublesOf(artifacts: Parts['artifacts']): Promise<string[]> {
  try {
    await artifacts.stat('meshes/health');
    return [];
  } catch (error) {
    return [`the artifact store does not answer: ${(error as Error).message}`];
  }
}
