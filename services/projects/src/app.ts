import { cleanImages } from '@millrace/contracts/projects';
import { defineSchedule } from '@millrace/jobs';
import { type App, type Kit, openArtifacts, signedPaths } from '@millrace/service';
import type { Config } from './config.ts';
import { imageFileRoute } from './http/image-file.ts';
import { imageRoutes } from './http/images.ts';
import { projectRoutes } from './http/projects.ts';
import { referenceRoutes } from './http/references.ts';
import { uploadRoute } from './http/upload-images.ts';
import { cleanImagesJob } from './jobs/clean-images.ts';
import { imagesIn } from './store/images.ts';
import { projectsIn } from './store/projects.ts';

/** The projects service. */
export function createApp({ config, database, log }: Kit<Config>): App {
  const projects = projectsIn(database);
  const images = imagesIn(database);
  const artifacts = openArtifacts(config.ARTIFACTS_URL);
  const paths = signedPaths(config);
  const deps = { projects, images, artifacts, paths, log };
  return {
    jobs: [cleanImagesJob({ images, artifacts })],
    schedules: [defineSchedule({ name: 'image.clean', cron: '0 4 * * *', job: cleanImages, payload: {} })],
    routes: () => [
      ...projectRoutes(deps),
      uploadRoute(deps),
      ...imageRoutes(deps),
      imageFileRoute(deps),
      ...referenceRoutes(deps),
    ],
    async start() {
      await Promise.all([projects.createIndexes(), images.createIndexes()]);
    },
  };
}
