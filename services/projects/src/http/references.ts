import { noContent, problem, type Route, route, type SignedPaths } from '@millrace/service';
import { z } from 'zod';
import type { Images } from '../store/images.ts';
import type { Projects } from '../store/projects.ts';
import { imageResource, toImageResource } from './image-resource.ts';
import { changeableProject } from './visible-project.ts';

type Deps = { readonly projects: Projects; readonly images: Images; readonly paths: SignedPaths };

/** Whoever works with images says so, lest they be deleted meanwhile. */
export const referenceRoutes = (deps: Deps): readonly Route[] => [holdRoute(deps), releaseRoute(deps)];

const referenceParams = z.object({ id: z.uuid(), holder: z.string().regex(/^[a-z-]{1,40}:[\w-]{1,100}$/) });

const holdRoute = ({ projects, images, paths }: Deps) =>
  route({
    method: 'put',
    path: '/projects/:id/references/:holder',
    summary:
      'Keeps images from being deleted for a time, in the name of something such as `batch:<id>`; again renews it.',
    tag: 'projects',
    role: 'member',
    params: referenceParams,
    body: z.object({
      imageIds: z.array(z.uuid()).min(1).max(500),
      seconds: z.int().min(1).max(86_400).meta({ description: 'From now on.', example: 3600 }),
    }),
    responses: {
      200: { description: 'The images, in the order of the ids.', body: z.object({ items: z.array(imageResource) }) },
    },
    problems: ['project-not-found', 'image-not-found'],
    async handle({ params: { id, holder }, body: { imageIds, seconds }, user }) {
      await changeableProject(projects, id, user);
      const ids = [...new Set(imageIds)];
      await images.hold(id, ids, { holder, until: new Date(Date.now() + seconds * 1_000) });
      const held = await images.findAll(id, ids);
      const missing = ids.find((imageId) => !held.some(({ _id }) => _id === imageId));
      if (missing) {
        await images.release(id, holder);
        throw problem('image-not-found', { id: missing });
      }
      return { items: await Promise.all(held.map((image) => toImageResource(image, paths))) };
    },
  });

const releaseRoute = ({ projects, images }: Deps) =>
  route({
    method: 'delete',
    path: '/projects/:id/references/:holder',
    summary: 'Lets go of all images that were kept in this name.',
    tag: 'projects',
    role: 'member',
    params: referenceParams,
    responses: { 204: { description: 'Nothing is kept in this name.' } },
    problems: ['project-not-found'],
    async handle({ params: { id, holder }, user }) {
      await changeableProject(projects, id, user);
      await images.release(id, holder);
      return noContent();
    },
  });
