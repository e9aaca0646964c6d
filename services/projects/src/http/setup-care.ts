import { noContent, ok, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { newSetup } from '../domain/begin-setup.ts';
import type { ProjectSetup } from '../domain/setup-project.ts';
import { projectTemplates, setupTemplates } from '../domain/setup-template.ts';
import { hashOf, isDone, stepKeys } from '../domain/step-state.ts';
import { queued, type SetupDeps, setupAnswer } from './setup.ts';
import { repeatSetup } from './setup-command.ts';
import { changeableProject, projectParams, visibleProject } from './visible-project.ts';

type Deps = SetupDeps & { readonly setup: ProjectSetup };

export const setupCareRoutes = (deps: Deps): readonly Route[] => [
  planRoute(deps),
  examineRoute(deps),
  repairRoute(deps),
  secretsRoute(deps),
];

const plan = z.object({
  template: z.enum(projectTemplates),
  templateVersion: z.int(),
  summary: z.string(),
  steps: z.array(
    z.object({
      key: z.enum(stepKeys),
      will: z.enum(['run', 'skip', 'keep']),
      summary: z.string(),
      compensation: z.string(),
      timeoutMs: z.int(),
    }),
  ),
});

const planRoute = ({ projects, setup }: Deps) =>
  route({
    method: 'get',
    path: '/projects/:id/setup/plan',
    summary: 'Says what a setup would do now, without doing it.',
    tag: 'projects',
    role: 'any',
    params: projectParams,
    responses: { 200: plan },
    problems: ['project-not-found'],
    async handle({ params: { id }, user }) {
      const project = await visibleProject(projects, id, user);
      const { template } = project;
      const present = project.setup ?? newSetup(project, id);
      const willOf = (index: number, hash: string) => {
        const state = present.steps[index];
        if (!state || state.status === 'skipped') return 'skip' as const;
        return isDone(state, hash) ? ('keep' as const) : ('run' as const);
      };
      return ok({
        template,
        templateVersion: setupTemplates[template].version,
        summary: setupTemplates[template].summary,
        steps: setup.steps.map(({ key, summary, compensation, timeoutMs, input }, index) => ({
          key,
          will: willOf(index, hashOf(input({ ...project, setup: present }))),
          summary,
          compensation,
          timeoutMs,
        })),
      });
    },
  });

const findings = z.object({ items: z.array(z.object({ key: z.enum(stepKeys), what: z.string() })) });

const examineRoute = ({ projects, setup }: Deps) =>
  route({
    method: 'get',
    path: '/projects/:id/setup/doctor',
    summary: 'Looks what of a project that was set up is missing now; none is well.',
    tag: 'projects',
    role: 'any',
    params: projectParams,
    responses: { 200: { description: 'What is missing, by the step that makes it.', body: findings } },
    problems: ['project-not-found', 'setup-not-found'],
    async handle({ params: { id }, user }) {
      const project = await visibleProject(projects, id, user);
      if (!project.setup) throw problem('setup-not-found', { id });
      return ok({ items: await setup.missingOf(project, AbortSignal.timeout(examineMs)) });
    },
  });

const examineMs = 30_000;

const repairRoute = (deps: Deps) =>
  route({
    method: 'post',
    path: '/projects/:id/setup/doctor',
    summary: 'Has the missing parts of a ready project made again, and only those.',
    tag: 'projects',
    role: 'member',
    params: projectParams,
    responses: {
      202: { description: 'Their steps are queued.', body: setupAnswer },
      204: { description: 'Nothing is missing.' },
    },
    problems: ['project-not-found', 'setup-not-found', 'setup-state-conflict'],
    async handle({ params: { id }, user, commandId }) {
      const project = await changeableProject(deps.projects, id, user);
      if (!project.setup) throw problem('setup-not-found', { id });
      if (project.status !== 'ready')
        throw problem('setup-state-conflict', {
          reason: `project ${id} is ${project.status}; only a ready one is repaired`,
        });
      const missing = await deps.setup.missingOf(project, AbortSignal.timeout(examineMs));
      if (missing.length === 0) return noContent();
      const again = [...missing.map(({ key }) => key), 'smoke_test' as const];
      return queued(deps, id, await repeatSetup(deps, project, { user, commandId, again, isRepair: true }));
    },
  });

const shownSecrets = z.object({ apiKey: z.string(), webhookSecret: z.string() });

const secretsRoute = ({ projects, setups }: Deps) =>
  route({
    method: 'post',
    path: '/projects/:id/secrets/reveal',
    summary: 'Shows the API key and the secret for webhooks to the owner, once.',
    tag: 'projects',
    role: 'member',
    params: projectParams,
    responses: { 200: shownSecrets },
    problems: ['project-not-found', 'setup-state-conflict'],
    async handle({ params: { id }, user }) {
      const { ownerId } = await visibleProject(projects, id, user);
      if (ownerId !== user.sub) throw problem('project-not-found', { id });
      const secrets = await setups.reveal(id);
      if (!secrets)
        throw problem('setup-state-conflict', { reason: `project ${id} has nothing to show, or has shown it already` });
      return ok(secrets);
    },
  });
