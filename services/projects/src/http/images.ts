import {
  type ArtifactStore,
  noContent,
  ok,
  pageOf,
  pageQuery,
  paging,
  problem,
  type Route,
  route,
  type SignedPaths,
  type User,
} from '@millrace/service';
import { z } from 'zod';
import { holdersOf, type ProjectImage } from '../domain/image.ts';
import type { Images } from '../store/images.ts';
import type { Projects } from '../store/projects.ts';
import { imageParams, imageResource, toImageResource } from './image-resource.ts';
import { changeableProject, projectParams, visibleProject } from './visible-project.ts';

type Log = { warn(fields: object, message: string): void };
type Deps = {
  readonly projects: Projects;
  readonly images: Images;
  readonly artifacts: Pick<ArtifactStore, 'remove'>;
  readonly paths: SignedPaths;
  readonly log: Log;
};

export const imageRoutes = (deps: Deps): readonly Route[] => [listRoute(deps), showRoute(deps), deleteRoute(deps)];

const newest = paging('project images', [
  ['createdAt', -1],
  ['_id', -1],
]);

const listRoute = ({ projects, images, paths }: Deps) =>
  route({
    method: 'get',
    path: '/projects/:id/images',
    summary: 'Lists the images of a project, newest first.',
    role: 'any',
    params: projectParams,
    query: z.strictObject(pageQuery),
    responses: { 200: pageOf(imageResource) },
    problems: ['project-not-found'],
    async handle({ params: { id }, query: { limit, cursor }, user }) {
      await visibleProject(projects, id, user);
      const rows = await images.list({ projectId: id, after: newest.after(cursor), limit: limit + 1 });
      const { items, nextCursor } = newest.page(rows, limit, (image) => toImageResource(image, paths));
      return { items: await Promise.all(items), nextCursor };
    },
  });

const showRoute = ({ projects, images, paths }: Deps) =>
  route({
    method: 'get',
    path: '/projects/:id/images/:imageId',
    summary: 'Shows an image, with a link to its bytes.',
    role: 'any',
    params: imageParams,
    responses: { 200: imageResource },
    problems: ['project-not-found', 'image-not-found'],
    async handle({ params, user }) {
      return ok(await toImageResource(await visibleImage({ projects, images }, params, user), paths));
    },
  });

const deleteRoute = ({ projects, images, artifacts, log }: Deps) =>
  route({
    method: 'delete',
    path: '/projects/:id/images/:imageId',
    summary: 'Deletes an image and its file, unless something needs it just now.',
    role: 'member',
    params: imageParams,
    responses: { 204: { description: 'It is gone.' } },
    problems: ['project-not-found', 'image-not-found', 'image-in-use'],
    async handle({ params, user }) {
      await changeableProject(projects, params.id, user);
      const image = await visibleImage({ projects, images }, params, user);
      const removed = await images.remove(params.id, params.imageId);
      if (!removed) throw await inUse(images, image);
      // The row is gone and with it the image; a file that stays is found by the next clean-up.
      await artifacts.remove(removed.key).catch((error: unknown) => log.warn({ err: error }, 'file of an image stays'));
      return noContent();
    },
  });

async function inUse(images: Images, { projectId, _id }: ProjectImage) {
  const image = await images.find(projectId, _id);
  if (!image) return problem('image-not-found', { id: _id });
  return problem('image-in-use', { holders: holdersOf(image).join(', ') });
}

async function visibleImage(
  { projects, images }: Pick<Deps, 'projects' | 'images'>,
  { id, imageId }: z.output<typeof imageParams>,
  user: User,
): Promise<ProjectImage> {
  await visibleProject(projects, id, user);
  const image = await images.find(id, imageId);
  if (!image) throw problem('image-not-found', { id: imageId });
  return image;
}
