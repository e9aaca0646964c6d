import { randomUUID } from 'node:crypto';
import {
  abandonProjectSetup,
  projectMemberInvited,
  projectReady,
  projectSetupCancelled,
  projectSetupFailed,
  setupProject,
} from '@millrace/contracts/projects';
import {
  type Aftermath,
  cancel,
  defineJob,
  done,
  type End,
  type EndedJob,
  exponential,
  fail,
  type Outcome,
  on,
  type Run,
  snooze,
} from '@millrace/jobs';
import type { z } from 'zod';
import { NeighbourAway } from '../clients/neighbours.ts';
import type { Project } from '../domain/project.ts';
import { SetupTaken } from '../domain/setup-errors.ts';
import type { ProjectSetup, SetupCallback, SetupEnd } from '../domain/setup-project.ts';
import type { Projects } from '../store/projects.ts';
import type { Setups } from '../store/setups.ts';
import { countSetup } from './setup-metrics.ts';

type Payload = z.output<typeof setupProject.payload>;
type Deps = {
  readonly projects: Pick<Projects, 'find'>;
  readonly setups: Pick<Setups, 'begin' | 'isCancelWished'>;
  readonly setup: ProjectSetup;
  /** Tells of a step that has ended. */
  tell: SetupCallback;
};

const uniqueForMs = 300_000;
/** Events wake a setup that waits; should one be lost, it looks by itself. */
const looksAgainMs = 15_000;
const watchMs = 250;
/** A neighbour that is deployed anew, or a database between two primaries, must not cost a project its setup: so long after the command nothing is spent on that. */
const patienceMs = 600_000;
const awayMs = 2_000;

/** Sets a project up: loads it, looks whether it may be set up, and leaves all else to the setup. */
export const setupProjectJob = (deps: Deps) =>
  defineJob(setupProject, {
    unique: { key: keyOf, windowMs: uniqueForMs, onConflict: 'return-existing' },
    retry: [on(Error, exponential({ baseMs: 1_000, factor: 3 }))],
    run: (run) => runSetup(deps, run),
    onEnd: afterEnd,
  });

/** A deliberate repetition is a command of its own; twice the same one is one. */
const keyOf = ({ projectId, round }: Payload): string => (round === 0 ? projectId : `${projectId}:${round}`);

async function runSetup(deps: Deps, run: Run<Payload>): Promise<Outcome> {
  const { projectId } = run.payload;
  const stored = await deps.projects.find(projectId);
  if (!stored)
    return fail({
      code: 'project-missing',
      message: `project ${projectId} does not exist`,
      remedy: 'nothing is to be done if it was deleted; else create it again',
    });
  // This job has made it ready before its own end was written.
  if (stored.status === 'ready' && stored.setup?.jobId === run.jobId) return ready(stored, run);
  const { again, requestedBy } = run.payload;
  const repetition = { again, by: requestedBy ?? 'service:projects' };
  const project = await deps.setups.begin(projectId, run.jobId, { token: randomUUID(), repetition });
  if (!project)
    return fail({
      code: 'project-state-invalid',
      message: `project ${projectId} is ${stored.status}; it is set up once, and again when its owner resumes it`,
      remedy: 'a project that is ready is looked after by POST /projects/:id/setup/doctor',
    });
  run.log.info({ projectId, attempt: run.attempt }, 'setup started');
  try {
    return outcomeOf(await watched(deps, project, run), run);
  } catch (error) {
    if (!isAway(error) || Date.now() - run.createdAt.getTime() > patienceMs) throw error;
    run.log.warn({ projectId, away: String(error) }, 'setup waits for what is away');
    return snooze(awayMs);
  }
}

const isAway = (error: unknown): boolean =>
  error instanceof NeighbourAway ||
  (error instanceof Error && /^Mongo(ServerSelection|Network|NotConnected)/.test(error.name));

/** A person's wish to cancel stops a step in the middle; so does whatever aborts the run. */
async function watched(deps: Deps, project: Project, run: Run<Payload>): Promise<SetupEnd> {
  const wish = new AbortController();
  const watch = setInterval(() => {
    deps.setups.isCancelWished(project._id).then(
      (isWished) => isWished && wish.abort(new Error('a person no longer wants it')),
      () => undefined,
    );
  }, watchMs);
  try {
    return await deps.setup.setupProject(
      project,
      callbackFor(deps, project, run),
      AbortSignal.any([run.signal, wish.signal]),
    );
  } catch (error) {
    if (error instanceof SetupTaken) run.log.warn({ projectId: project._id }, 'setup belongs to another run');
    throw error;
  } finally {
    clearInterval(watch);
  }
}

/** What the job shows of the setup. */
const callbackFor =
  ({ tell }: Deps, project: Project, run: Run<Payload>): SetupCallback =>
  (news) => {
    const { key, status, progress, error } = news;
    run.progress(progress, `${key} ${status}`);
    run.meta({ step: key, stepStatus: status, ...(error && { error: error.message }) });
    const line = { projectId: project._id, step: key, status, ...(error && { error: error.message }) };
    if (error) run.log.warn(line, 'setup step went wrong');
    else run.log.info(line, 'setup step');
    if (status !== 'running') tell(news);
  };

function outcomeOf(end: SetupEnd, run: Run<Payload>): Outcome {
  switch (end.kind) {
    case 'ready':
      return ready(end.project, run);
    case 'refused': {
      const { code, message, remedy } = end.error;
      return fail({ code, message: `step ${end.step}: ${message}`, ...(remedy && { remedy }) });
    }
    case 'waits':
      run.meta({ waitsFor: end.awaits });
      return snooze(looksAgainMs);
    case 'cancelled': {
      const { setup } = end.project;
      countSetup(setup?.status ?? 'cancelled');
      return cancel(`${setup?.cancel?.by ?? 'somebody'} no longer wants it; ${setup?.status}`);
    }
  }
}

function ready(project: Project, { payload: { requestedBy, isRepair } }: Run<Payload>): Outcome {
  const { _id, name, ownerId, slug, setup } = project;
  const warnings = (setup?.steps ?? [])
    .filter(({ status }) => status === 'warning')
    .map(({ key, error }) => ({ step: key, message: error?.message ?? '' }));
  const durationMs = (setup?.finishedAt?.getTime() ?? 0) - (setup?.startedAt?.getTime() ?? 0);
  countSetup('succeeded');
  const told = { projectId: _id, requestedBy, name, ownerId, slug: slug ?? '', warnings };
  return done({
    result: { slug, warnings, durationMs },
    events: isRepair ? [] : [projectReady({ ...told, durationMs: Math.max(0, durationMs) }), ...invitations(project)],
  });
}

/** In the order of the wish, which a rerun repeats, so that each keeps its id. */
const invitations = ({ _id: projectId, name, slug, ownerId: invitedBy, wish, members }: Project) =>
  [...new Set(wish.invited.map(({ sub }) => sub))].flatMap((sub) => {
    const member = members.find((one) => one.sub === sub);
    if (!member || sub === invitedBy) return [];
    return [projectMemberInvited({ projectId, name, slug: slug ?? '', invitedBy, sub, role: member.role })];
  });

/** Whoever ends the job, also when no handler is alive: the project shows it, and the person is told. */
function afterEnd({ jobId, payload: { projectId, requestedBy } }: EndedJob<Payload>, end: End): Aftermath {
  if (end.state === 'completed') return {};
  const reason = end.state === 'failed' ? end.failure : { code: `setup-${end.state}`, message: end.why };
  const state = end.state === 'failed' ? 'failed' : 'cancelled';
  const about = { projectId, requestedBy };
  return {
    jobs: [{ name: abandonProjectSetup.name, payload: { projectId, jobId, state, reason } }],
    events: [
      state === 'failed'
        ? projectSetupFailed({ ...about, error: reason })
        : projectSetupCancelled({ ...about, reason: reason.message }),
    ],
  };
}
