import { startService } from '@millrace/service';
import { createApp, partsOf } from './app.ts';
import { readConfig } from './config.ts';
import { stateOf } from './domain/perform-step.ts';
import type { Project } from './domain/project.ts';
import { setupSteps } from './domain/setup-steps.ts';
import type { StepKey } from './domain/step-state.ts';
import { type Death, nameOf } from './setup-deaths-for-tests.ts';

/**
 * The service as it is, except that it dies where the project wants it. Sets one project up at a time.
 * Its environment comes as JSON on its command line.
 */
const config = readConfig({ ...JSON.parse(process.argv[2] ?? '{}'), CONCURRENCY: '1' });

let atWork: { readonly project: Project; readonly key: StepKey; calls: number } | undefined;

/** Only the first run of a step dies; nothing of this process is cleaned up. */
function dieAt(moment: Death['moment']): void {
  if (!atWork) return;
  const { project, key } = atWork;
  if (stateOf(project, key).attempts <= 1 && project.name === nameOf({ key, moment }))
    process.kill(process.pid, 'SIGKILL');
}

async function around<Value>(project: Project, key: StepKey, work: () => Promise<Value>): Promise<Value> {
  atWork = { project, key, calls: 0 };
  dieAt('begun');
  const value = await work();
  dieAt('ended');
  return value;
}

const stepsOf: typeof setupSteps = (outside) =>
  setupSteps(counted(outside)).map((step) => ({
    ...step,
    input(project) {
      if (!atWork) atWork = { project, key: step.key, calls: 0 };
      dieAt('border');
      return step.input(project);
    },
    async run(tools) {
      const result = await step.run(tools);
      dieAt('done');
      return result;
    },
  }));

/** The same, and each call that has come to its end is counted. */
function counted<Part>(part: Part): Part {
  if (typeof part === 'function')
    return ((...given: unknown[]) => {
      const answer: unknown = part(...given);
      if (!(answer instanceof Promise)) return count(answer);
      return answer.then(count);
    }) as Part;
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, counted(inner)])) as Part;
}

function count<Answer>(answer: Answer): Answer {
  if (atWork) dieAt(++atWork.calls);
  return answer;
}

await startService({ name: 'projects', config, app: (kit) => createApp(kit, partsOf(kit, around, stepsOf)) });
