import { setupProject } from '@millrace/contracts/projects';
import type { Jobs, JobView } from '@millrace/jobs';
import { forUser, problem, type User } from '@millrace/service';
import type { Project } from '../domain/project.ts';
import type { StepKey } from '../domain/step-state.ts';
import type { Setups } from '../store/setups.ts';

type Deps = { readonly setups: Pick<Setups, 'commanded'>; readonly jobs: Jobs };
type Asking = { readonly user: User; readonly commandId: string };

/** Commands the setup of a project, or finds the job that does or did it. */
export async function commandSetup(deps: Deps, project: Project, asking: Asking): Promise<JobView> {
  if (project.archivedAt)
    throw problem('setup-state-conflict', { reason: `project ${project._id} is archived; restore it first` });
  if (!['queued', 'running', 'ready'].includes(project.status)) return command(deps, project, asking);
  const job = project.setup && (await quietly(deps.jobs.find(project.setup.jobId)));
  if (job) return job;
  throw problem('setup-state-conflict', {
    reason: `project ${project._id} is ${project.status}, and its job is archived`,
  });
}

/** A person has a setup done once more, which leaves what is done as it is. @param again steps that are done all the same. */
export const repeatSetup = (
  deps: Deps,
  project: Project,
  { again, isRepair = false, ...asking }: Asking & { again: readonly StepKey[]; isRepair?: boolean },
): Promise<JobView> =>
  command(deps, project, asking, { again: [...again], isRepair, round: (project.setup?.rounds ?? 0) + 1 });

/** The job first, whose key is the project's: of many commands one runs. The run notes what a process that died here did not. */
async function command(
  { setups, jobs }: Deps,
  project: Project,
  { user, commandId }: Asking,
  repetition: { again: StepKey[]; isRepair: boolean; round: number } = { again: [], isRepair: false, round: 0 },
): Promise<JobView> {
  const payload = { projectId: project._id, requestedBy: user.sub, ...repetition };
  const { job } = await jobs.enqueue(setupProject, payload, { ...forUser(user), id: commandId });
  if (job.endedAt === null) await setups.commanded(project, job.id, { by: user.sub, again: repetition.again });
  return job;
}

const harmless: readonly unknown[] = ['job-not-found', 'job-state-conflict'];

/** The job, or nothing when there is none or when it may not be changed now. */
export async function quietly(call: Promise<JobView>): Promise<JobView | undefined> {
  try {
    return await call;
  } catch (error) {
    if (harmless.includes((error as { code?: unknown }).code)) return undefined;
    throw error;
  }
}
