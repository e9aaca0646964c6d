import type { Project } from './project.ts';
import type { Setup } from './setup.ts';
import { setupTemplates } from './setup-template.ts';
import { pending, type StepKey, type StepState, stepAgain, stepKeys } from './step-state.ts';

export function newSetup({ template }: Pick<Project, 'template'>, jobId: string): Setup {
  const { version, skips } = setupTemplates[template];
  const stateOf = (key: StepKey): StepState =>
    skips.includes(key) ? { ...pending(key), status: 'skipped' } : pending(key);
  return {
    status: 'queued',
    jobId,
    templateVersion: version,
    token: null,
    steps: stepKeys.map(stateOf),
    cancel: null,
    awaits: [],
    error: null,
    rounds: 0,
    retries: [],
    startedAt: null,
    finishedAt: null,
  };
}

/** What a person asked for when a setup was to be done once more. */
export type Repetition = { readonly by: string; readonly again: readonly StepKey[] };

/** The setup as a job takes it up: as it stands for its own job, with what is not done before it for another one. */
export function setupFor(
  project: Project,
  jobId: string,
  { by, again }: Repetition = { by: project.ownerId, again: [] },
): Setup {
  const { setup, status } = project;
  if (!setup) return newSetup(project, jobId);
  if (setup.jobId === jobId) return setup;
  // Who cancels a failed setup has another job take back what it has made.
  const cancel = status === 'failed' ? setup.cancel : null;
  return {
    ...setup,
    status: 'queued',
    jobId,
    token: null,
    cancel,
    awaits: [],
    error: null,
    finishedAt: null,
    rounds: setup.rounds + 1,
    retries: cancel ? setup.retries : [...setup.retries, { by, at: new Date(), again }],
    steps: setup.steps.map((step) => (cancel || isKept(step, again) ? step : stepAgain(step))),
  };
}

const isKept = ({ key, status }: StepState, again: readonly StepKey[]): boolean =>
  status === 'skipped' || (['succeeded', 'warning'].includes(status) && !again.includes(key));
