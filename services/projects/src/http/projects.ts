import { created, ok, pageOf, pageQuery, paging, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { memberRoles } from '../domain/project.ts';
import type { ProjectSettings } from '../domain/project-settings.ts';
import { projectTemplates } from '../domain/setup-template.ts';
import type { Projects } from '../store/projects.ts';
import { projectResource, settingsShape, toProjectResource } from './project-resource.ts';
import { changeableProject, projectParams, visibleProject } from './visible-project.ts';

type Deps = { readonly projects: Projects };

export const projectRoutes = (deps: Deps): readonly Route[] => [
  createRoute(deps),
  listRoute(deps),
  showRoute(deps),
  renameRoute(deps),
];

const projectName = z.string().trim().min(1).max(200).meta({ example: 'Hollow Lantern' });

const createRoute = ({ projects }: Deps) =>
  route({
    method: 'post',
    path: '/projects',
    summary: 'Creates a project.',
    role: 'member',
    body: z.object({
      name: projectName,
      template: z.enum(projectTemplates).default('minimal'),
      members: z
        .array(z.object({ sub: z.string().min(1).max(200), role: z.enum(memberRoles) }))
        .max(100)
        .default([])
        .meta({ description: 'Let in by its setup, beside the owner.' }),
      settings: settingsShape.partial().default({}).meta({ description: 'In place of the template’s.' }),
      webhookUrl: z
        .url({ protocol: /^https?$/ })
        .max(2_000)
        .nullable()
        .default(null)
        .meta({ description: 'Its setup sends a signed ping there.' }),
      needsApproval: z
        .boolean()
        .default(false)
        .meta({ description: 'Its setup waits for POST /projects/:id/setup/approve before it opens the project.' }),
    }),
    responses: { 201: projectResource },
    async handle({ body: { name, template, members, settings, webhookUrl, needsApproval }, user, commandId }) {
      const wish = { invited: members, settings: given(settings), webhookUrl, needsApproval };
      const project = await projects.create({ _id: commandId, name, template, ownerId: user.sub, wish });
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
    summary:
      'Lists projects that are not archived, or those that are, newest first; members see their own and those that they were let into.',
    role: 'any',
    query: z.strictObject({ ...pageQuery, archived: z.enum(['true', 'false']).default('false') }),
    responses: { 200: pageOf(projectResource) },
    async handle({ query: { limit, cursor, archived }, user }) {
      const rows = await projects.list({
        sub: user.seesAll ? undefined : user.sub,
        isArchived: archived === 'true',
        after: newest.after(cursor),
        limit: limit + 1,
      });
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

const renameRoute = ({ projects }: Deps) =>
  route({
    method: 'patch',
    path: '/projects/:id',
    summary: 'Gives a project another name; its address follows with the next setup.',
    role: 'member',
    params: projectParams,
    body: z.object({ name: projectName }),
    responses: { 200: projectResource },
    problems: ['project-not-found', 'revision-mismatch'],
    async handle({ params: { id }, body: { name }, user }) {
      const before = await changeableProject(projects, id, user);
      const project = await projects.change(before, { name });
      if (!project) throw problem('revision-mismatch', {});
      return ok(toProjectResource(project), project);
    },
  });

/** Without what was not said. */
const given = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<ProjectSettings>;
