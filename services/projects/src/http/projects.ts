import { created, ok, pageOf, pageQuery, paging, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { projectTemplates } from '../domain/project.ts';
import type { Projects } from '../store/projects.ts';
import { projectResource, toProjectResource } from './project-resource.ts';
import { projectParams, visibleProject } from './visible-project.ts';

type Deps = { readonly projects: Projects };

export const projectRoutes = (deps: Deps): readonly Route[] => [createRoute(deps), listRoute(deps), showRoute(deps)];

const createRoute = ({ projects }: Deps) =>
  route({
    method: 'post',
    path: '/projects',
    summary: 'Creates a project.',
    role: 'member',
    body: z.object({
      name: z.string().trim().min(1).max(200).meta({ example: 'Hollow Lantern' }),
      template: z.enum(projectTemplates).default('minimal'),
    }),
    responses: { 201: projectResource },
    async handle({ body: { name, template }, user, commandId }) {
      const project = await projects.create({ _id: commandId, name, template, ownerId: user.sub });
      return created(`/projects/${project._id}`, toProjectResource(project), project);
    },
  });

const newest = paging('projects', [
  ['createdAt', -1],
  ['_id', -1],
]);

const listRoute = ({ projects }: Deps) =>
  route({
    method: 'get',
    path: '/projects',
    summary: 'Lists projects, newest first; members see their own.',
    role: 'any',
    query: z.strictObject(pageQuery),
    responses: { 200: pageOf(projectResource) },
    async handle({ query: { limit, cursor }, user }) {
      const ownerId = user.seesAll ? undefined : user.sub;
      const rows = await projects.list({ ownerId, after: newest.after(cursor), limit: limit + 1 });
      return newest.page(rows, limit, toProjectResource);
    },
  });

const showRoute = ({ projects }: Deps) =>
  route({
    method: 'get',
    path: '/projects/:id',
    summary: 'Shows a project.',
    role: 'any',
    params: projectParams,
    responses: { 200: projectResource },
    problems: ['project-not-found'],
    async handle({ params: { id }, user }) {
      const project = await visibleProject(projects, id, user);
      return ok(toProjectResource(project), project);
    },
  });
