import type { Jobs, JobView } from '@millrace/jobs';
import {
  accepted,
  eventStream,
  type Following,
  jobResource,
  ok,
  problem,
  type RevisionFeed,
  type Route,
  route,
  type StreamEvent,
  type User,
} from '@millrace/service';
import { z } from 'zod';
import type { Project } from '../domain/project.ts';
import { cancelModes, hasEnded } from '../domain/setup.ts';
import { progressOf, stepKeys, stepsFrom } from '../domain/step-state.ts';
import type { Projects } from '../store/projects.ts';
import type { Setups } from '../store/setups.ts';
import { projectResource, toProjectResource } from './project-resource.ts';
import { commandSetup, quietly, repeatSetup } from './setup-command.ts';
import { type SetupResource, setupResource, toSetupResource } from './setup-resource.ts';
import { changeableProject, projectParams, visibleProject } from './visible-project.ts';

export type SetupDeps = {
  readonly projects: Projects;
  readonly setups: Setups;
  readonly jobs: Jobs;
  readonly feed: RevisionFeed<Project>;
};

export const setupRoutes = (deps: SetupDeps): readonly Route[] => [
  startRoute(deps),
  showRoute(deps),
  cancelRoute(deps),
  resumeRoute(deps),
  eventsRoute(deps),
];

export const setupAnswer = z.object({ project: projectResource, setup: setupResource, job: jobResource });

/** What was queued, as it stands now. */
export async function queued({ projects }: Pick<SetupDeps, 'projects'>, id: string, job: JobView) {
  const project = await projects.find(id);
  if (!project?.setup) throw problem('setup-not-found', { id });
  return accepted(`/projects/${id}/setup`, {
    project: toProjectResource(project),
    setup: shown(project, project.setup),
    job,
  });
}

const startRoute = (deps: SetupDeps) =>
  route({
    method: 'post',
    path: '/projects/:id/setup',
    summary: 'Sets a project up; while that goes on, and for five minutes from its command, the same job answers.',
    tag: 'projects',
    role: 'member',
    params: projectParams,
    responses: { 202: { description: 'Queued, or at work already.', body: setupAnswer } },
    problems: ['project-not-found', 'setup-not-found', 'setup-state-conflict'],
    async handle({ params: { id }, user, commandId }) {
      const project = await changeableProject(deps.projects, id, user);
      return queued(deps, id, await commandSetup(deps, project, { user, commandId }));
    },
  });

const showRoute = ({ projects }: SetupDeps) =>
  route({
    method: 'get',
    path: '/projects/:id/setup',
    summary: 'Shows the setup of a project, step by step.',
    tag: 'projects',
    role: 'any',
    params: projectParams,
    responses: { 200: setupResource },
    problems: ['project-not-found', 'setup-not-found'],
    handle: async ({ params: { id }, user }) => {
      const project = await withSetup(projects, id, user);
      return ok(shown(project, project.setup), { revision: project.revision });
    },
  });

const cancelRoute = (deps: SetupDeps) =>
  route({
    method: 'post',
    path: '/projects/:id/setup/cancel',
    summary:
      'Cancels a setup, at once also in the middle of a step; what it has made is kept, or taken back in reverse.',
    tag: 'projects',
    role: 'member',
    params: projectParams,
    body: z
      .object({
        mode: z.enum(cancelModes).default('keep').meta({ description: '`compensate` takes back what was made.' }),
      })
      .default({ mode: 'keep' }),
    responses: { 202: { description: 'Wished; the setup ends as soon as it can.', body: setupAnswer } },
    problems: ['project-not-found', 'setup-not-found', 'setup-state-conflict'],
    async handle({ params: { id }, body: { mode }, user, commandId }) {
      await changeableProject(deps.projects, id, user);
      const project = await withSetup(deps.projects, id, user);
      const wished = await deps.setups.cancelWished(id, { mode, by: user.sub });
      if (!wished?.setup) throw conflict(project, 'only one that is queued, running or failed is cancelled');
      const job = await quietly(deps.jobs.runNow(wished.setup.jobId));
      const present = job ?? (await quietly(deps.jobs.find(wished.setup.jobId)));
      if (present && present.endedAt === null) return queued(deps, id, present);
      // Its job has ended: another run takes back what it has made.
      return queued(deps, id, await repeatSetup(deps, wished, { user, commandId, again: [] }));
    },
  });

const resumeRoute = (deps: SetupDeps) =>
  route({
    method: 'post',
    path: '/projects/:id/setup/resume',
    summary:
      'Repeats a setup that has failed or was cancelled, from the first step that is not done or from a given one.',
    tag: 'projects',
    role: 'member',
    params: projectParams,
    body: z
      .object({
        from: z.enum(stepKeys).nullable().default(null).meta({ description: 'Done again, with all that follow.' }),
      })
      .default({ from: null }),
    responses: { 202: { description: 'Queued.', body: setupAnswer } },
    problems: ['project-not-found', 'setup-not-found', 'setup-state-conflict'],
    async handle({ params: { id }, body: { from }, user, commandId }) {
      await changeableProject(deps.projects, id, user);
      const project = await withSetup(deps.projects, id, user);
      if (!['failed', 'cancelled'].includes(project.status))
        throw conflict(project, 'only one that has failed or was cancelled is resumed');
      return queued(
        deps,
        id,
        await repeatSetup(deps, project, { user, commandId, again: from === null ? [] : stepsFrom(from) }),
      );
    },
  });

const eventsRoute = ({ projects, feed }: SetupDeps) =>
  route({
    method: 'get',
    path: '/projects/:id/setup/events',
    summary: 'Streams a setup until it has ended: as it is now, then each change.',
    tag: 'projects',
    role: 'any',
    params: projectParams,
    responses: {
      200: {
        description: 'Server-sent events named `setup`, their ids its revisions.',
        mediaType: 'text/event-stream',
      },
    },
    problems: ['project-not-found', 'setup-not-found'],
    async handle({ params: { id }, user }) {
      await withSetup(projects, id, user);
      let following: Following | undefined;
      return eventStream({
        follow(push) {
          following = feed.follow(id, (project) => project.setup && push(eventOf(project, project.setup)));
          return following.stop;
        },
        async snapshot() {
          const project = await withSetup(projects, id, user);
          following?.startAt(project.revision);
          return [eventOf(project, project.setup)];
        },
        isLast: ({ data }) => hasEnded(data as SetupResource),
      });
    },
  });

type WithSetup = Project & { readonly setup: NonNullable<Project['setup']> };

async function withSetup(projects: Projects, id: string, user: User): Promise<WithSetup> {
  const project = await visibleProject(projects, id, user);
  if (!project.setup) throw problem('setup-not-found', { id });
  return project as WithSetup;
}

const shown = (project: Project, setup: WithSetup['setup']): SetupResource =>
  toSetupResource(project, setup, progressOf(setup.steps));

const eventOf = (project: Project, setup: WithSetup['setup']): StreamEvent => ({
  id: `${project.revision}`,
  event: 'setup',
  data: shown(project, setup),
});

const conflict = ({ _id, status }: Project, allowed: string) =>
  problem('setup-state-conflict', { reason: `project ${_id} is ${status}; ${allowed}` });
