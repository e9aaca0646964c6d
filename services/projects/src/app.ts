import { cleanImages, projectSetupProgressed } from '@millrace/contracts/projects';
import { type EventBus, outboxEvent } from '@millrace/events';
import { defineSchedule } from '@millrace/jobs';
import { outsidePost } from '@millrace/outside';
import {
  type App,
  type Kit,
  openArtifacts,
  RevisionFeed,
  type Running,
  serviceIdentity,
  showsJobAbout,
  signedPaths,
} from '@millrace/service';
import { trace } from '@opentelemetry/api';
import { neighbours } from './clients/neighbours.ts';
import { repositoriesAt } from './clients/repositories.ts';
import { webhookPing } from './clients/webhook-ping.ts';
import { workspaceFiles } from './clients/workspace-files.ts';
import type { Config } from './config.ts';
import { setupIdOf } from './domain/ids.ts';
import { newSecrets } from './domain/new-secrets.ts';
import { projectSetup, type SetupCallback } from './domain/setup-project.ts';
import { setupSteps } from './domain/setup-steps.ts';
import type { SendPing } from './domain/steps/webhooks.ts';
import { onCampaignSeeded } from './events/on-campaign-seeded.ts';
import { onCampaignSeedingFailed } from './events/on-campaign-seeding-failed.ts';
import { onMeshCancelled } from './events/on-mesh-cancelled.ts';
import { onMeshCompleted } from './events/on-mesh-completed.ts';
import { onMeshFailed } from './events/on-mesh-failed.ts';
import { wakeSetups } from './events/wake-setups.ts';
import { imageFileRoute } from './http/image-file.ts';
import { imageRoutes } from './http/images.ts';
import { ownershipRoutes } from './http/ownership.ts';
import { projectRoutes } from './http/projects.ts';
import { referenceRoutes } from './http/references.ts';
import { setupRoutes } from './http/setup.ts';
import { setupCareRoutes } from './http/setup-care.ts';
import { quietly } from './http/setup-command.ts';
import { uploadRoute } from './http/upload-images.ts';
import { visibleTo } from './http/visible-project.ts';
import { abandonProjectSetupJob } from './jobs/abandon-project-setup.ts';
import { cleanImagesJob } from './jobs/clean-images.ts';
import { aroundStep } from './jobs/setup-metrics.ts';
import { setupProjectJob } from './jobs/setup-project.ts';
import { imagesIn } from './store/images.ts';
import { projectsIn } from './store/projects.ts';
import { addSamplePicture, removeSamplePicture } from './store/sample-picture.ts';
import { setupsIn } from './store/setups.ts';
import { slugsIn } from './store/slugs.ts';

/** The projects service. */
export function createApp(kit: Kit<Config>, parts = partsOf(kit)): App {
  const running = Promise.withResolvers<Running>();
  const { projects, setups, slugs, images, artifacts, setup, feed } = parts;
  const runtime = running.promise.then(({ jobs }) => jobs);
  const wake = wakeSetups({ setups, jobs: runtime });

  return {
    jobs: [
      setupProjectJob({
        projects,
        setups,
        setup,
        tell: teller(
          running.promise.then(({ bus }) => bus),
          parts.ping,
          kit.log,
        ),
      }),
      abandonProjectSetupJob({
        setups,
        isUnfinished: async (id) => (await quietly((await runtime).find(id)))?.endedAt === null,
      }),
      cleanImagesJob({ images, artifacts }),
    ],
    schedules: [defineSchedule({ name: 'image.clean', cron: '0 4 * * *', job: cleanImages, payload: {} })],
    subscriptions: [
      onCampaignSeeded(wake),
      onCampaignSeedingFailed(wake),
      onMeshCompleted(wake),
      onMeshFailed(wake),
      onMeshCancelled(wake),
    ],
    showsJob: showsJobAbout('projectId', async (id, user) => (await visibleTo(projects, id, user)) !== undefined),
    routes: ({ jobs }) => [
      ...projectRoutes(parts),
      ...ownershipRoutes({ ...parts, jobs }),
      ...setupRoutes({ ...parts, jobs }),
      ...setupCareRoutes({ ...parts, jobs }),
      uploadRoute(parts),
      ...imageRoutes(parts),
      imageFileRoute(parts),
      ...referenceRoutes(parts),
    ],
    async start(started) {
      running.resolve(started);
      await Promise.all([projects, setups, slugs, images].map((collection) => collection.createIndexes()));
    },
    async stop() {
      feed.stop();
    },
  };
}

/** What jobs and routes stand on. @param around runs around each step of a setup. @param stepsOf makes the steps from what they work with. */
export function partsOf({ name, config, log, database }: Kit<Config>, around = aroundStep, stepsOf = setupSteps) {
  const projects = projectsIn(database);
  const setups = setupsIn(database);
  const slugs = slugsIn(database);
  const images = imagesIn(database);
  const artifacts = openArtifacts(config.ARTIFACTS_URL);
  const urls = {
    campaign: config.CAMPAIGN_URL,
    mesh: config.MESH_URL,
    music: config.MUSIC_URL,
    notifications: config.NOTIFICATIONS_URL,
  };
  const ping = webhookPing(outsidePost(config.WEBHOOK_ALLOW));
  const steps = stepsOf({
    countOwned: setups.countOwned,
    quota: config.QUOTA_PROJECTS,
    slugs,
    files: workspaceFiles(artifacts),
    repositories: repositoriesAt(config.REPOSITORIES_URL),
    newSecrets,
    ping,
    ...neighbours({ urls, identity: serviceIdentity(name, config) }),
    addPicture: (project) => addSamplePicture({ images, artifacts }, project),
    removePicture: (projectId, imageId) => removeSamplePicture({ images, artifacts }, projectId, imageId),
  });
  const setup = projectSetup({
    steps,
    idOf: setupIdOf,
    around,
    recordOf: (project) => setups.recordOf(project, trace.getActiveSpan()?.spanContext().traceId ?? null),
  });
  const feed = new RevisionFeed(projects, log);
  return { projects, setups, slugs, images, artifacts, paths: signedPaths(config), log, ping, setup, feed };
}

type Log = { debug(fields: object, message: string): void };

/** Tells how a setup gets on: as an event, and to the address that its creator gave. Nobody waits for it: what is lost on the way is in the project. */
const teller =
  (bus: Promise<Pick<EventBus, 'publish'>>, ping: SendPing, log: Log): SetupCallback =>
  ({ project, key: step, status, progress }) => {
    const { _id: projectId, ownerId, revision, wish, secrets } = project;
    const draft = projectSetupProgressed({ projectId, ownerId, step, status, progress });
    const event = outboxEvent(projectId, revision, draft, new Date());
    const untold = (error: unknown) => log.debug({ err: error, projectId }, 'progress of a setup was not told');
    bus.then((there) => there.publish([event])).catch(untold);
    if (wish.webhookUrl === null || !secrets) return;
    const body = JSON.stringify({ type: draft.type, data: draft.data });
    const message = { url: wish.webhookUrl, secret: secrets.webhookSecret, id: event.id, body };
    ping({ ...message, signal: AbortSignal.timeout(pingMs) }).catch(untold);
  };

const pingMs = 10_000;
