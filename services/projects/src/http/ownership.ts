import type { Jobs } from '@millrace/jobs';
import { created, ok, problem, type Route, route, type User } from '@millrace/service';
import { z } from 'zod';
import type { Project } from '../domain/project.ts';
import type { Projects } from '../store/projects.ts';
import { projectResource, toProjectResource } from './project-resource.ts';
import { quietly } from './setup-command.ts';
import { changeableProject, projectParams, visibleProject } from './visible-project.ts';

type Deps = { readonly projects: Projects; readonly jobs: Pick<Jobs, 'runNow'> };
type Change = Parameters<Projects['change']>[1];

/** What its owner does with a project as a whole. */
export const ownershipRoutes = (deps: Deps): readonly Route[] => [
  transferRoute(deps),
  deedRoute(deps, 'archive', 'Puts a project out of sight; nothing of it is deleted.', () => ({
    archivedAt: new Date(),
  })),
  deedRoute(deps, 'restore', 'Brings an archived project back.', () => ({ archivedAt: null })),
  cloneRoute(deps),
  approveRoute(deps),
];

const transferRoute = ({ projects }: Deps) =>
  route({
    method: 'post',
    path: '/projects/:id/transfer',
    summary: 'Gives a project to another person; who had it stays as an admin.',
    role: 'member',
    params: projectParams,
    body: z.object({ to: z.string().min(1).max(200) }),
    responses: { 200: projectResource },
    problems: ['project-not-found', 'revision-mismatch'],
    async handle({ params: { id }, body: { to }, user }) {
      const project = await ownProject(projects, id, user);
      const admins = [to, project.ownerId].map((sub) => ({ sub, role: 'admin' as const }));
      const others = project.members.filter(({ sub }) => sub !== to && sub !== project.ownerId);
      return changed(projects, project, { ownerId: to, members: [...admins, ...others] });
    },
  });

const deedRoute = ({ projects }: Deps, deed: 'archive' | 'restore', summary: string, change: () => Change) =>
  route({
    method: 'post',
    path: `/projects/:id/${deed}`,
    summary,
    role: 'member',
    params: projectParams,
    responses: { 200: projectResource },
    problems: ['project-not-found', 'revision-mismatch', 'setup-state-conflict'],
    async handle({ params: { id }, user }) {
      const project = await ownProject(projects, id, user);
      if (['queued', 'running'].includes(project.status))
        throw problem('setup-state-conflict', { reason: `project ${id} is being set up; cancel that first` });
      return changed(projects, project, change());
    },
  });

const cloneRoute = ({ projects }: Deps) =>
  route({
    method: 'post',
    path: '/projects/:id/clone',
    summary: 'Creates a project with the template, members and settings of another one; its setup is still to come.',
    role: 'member',
    params: projectParams,
    body: z.object({ name: z.string().trim().min(1).max(200) }),
    responses: { 201: projectResource },
    problems: ['project-not-found'],
    async handle({ params: { id }, body: { name }, user, commandId }) {
      const { template, wish, members, settings } = await visibleProject(projects, id, user);
      const asNow = {
        ...wish,
        invited: members.filter(({ sub }) => sub !== user.sub),
        settings: settings ?? wish.settings,
      };
      const project = await projects.create({ _id: commandId, name, template, ownerId: user.sub, wish: asNow });
      return created(`/projects/${project._id}`, toProjectResource(project), project);
    },
  });

const approveRoute = ({ projects, jobs }: Deps) =>
  route({
    method: 'post',
    path: '/projects/:id/setup/approve',
    summary: 'Says yes to the opening of a project whose setup waits for that.',
    tag: 'projects',
    role: 'member',
    params: projectParams,
    responses: { 200: projectResource },
    problems: ['project-not-found', 'revision-mismatch'],
    async handle({ params: { id }, user }) {
      const project = await changeableProject(projects, id, user);
      const answer = await changed(projects, project, { approval: { by: user.sub, at: new Date() } });
      if (project.setup) await quietly(jobs.runNow(project.setup.jobId));
      return answer;
    },
  });

async function changed(projects: Projects, before: Project, change: Change) {
  const project = await projects.change(before, change);
  if (!project) throw problem('revision-mismatch', {});
  return ok(toProjectResource(project), project);
}

/** Its owner's, or anybody's for an operator. @throws Problem `project-not-found`. */
async function ownProject(projects: Projects, id: string, user: User): Promise<Project> {
  const project = await visibleProject(projects, id, user);
  if (project.ownerId !== user.sub && !user.seesAll) throw problem('project-not-found', { id });
  return project;
}
