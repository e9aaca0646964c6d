import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComponentName, RunningComponent } from '@millrace/stack';
import { componentNames, componentTable, isRunning, startComponent } from '@millrace/stack';
import { testkitConfig } from './config.ts';

type Started = { directory: string; components: RunningComponent[] };

let started: Started | undefined;

type Run = { rootDir: string; testPathPatterns?: { patterns: readonly string[] } };

/** Before all tests: one instance of each component for the whole run, found by the workers through the usual variables. A variable that is set already is used as it is. */
// biome-ignore lint/style/noDefaultExport: jest finds a reporter, a global set-up or a global teardown by its default export
export default async function startSharedComponents(run: Run): Promise<void> {
  const root = join(run.rootDir, '.millrace');
  await removeLeftovers(root);
  const directory = join(root, `test-${process.pid}`);
  await mkdir(directory, { recursive: true });
  // Services and tests of this run sign and check tokens with a key of the run.
  testkitConfig.export({
    [testkitConfig.runDirectoryVariable]: directory,
    AUTH_LOCAL_KEY_FILE: join(directory, 'auth', 'key.json'),
  });

  started = { directory, components: [] };
  const outcomes = await Promise.allSettled(neededComponents(run).map((name) => startShared(name, started as Started)));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (!failure) return;
  await stopSharedComponents();
  throw failure.reason;
}

/** After all tests, failed ones included. */
export async function stopSharedComponents(): Promise<void> {
  const { directory, components } = started ?? { directory: undefined, components: [] };
  started = undefined;
  await Promise.all(components.map((component) => component.kill('SIGKILL')));
  await Promise.all(components.map((component) => component.wipe()));
  if (directory) await rm(directory, { recursive: true, force: true });
}

async function startShared(name: ComponentName, { directory, components }: Started): Promise<void> {
  const component = await startComponent(name, { directory, onProgress: (line) => process.stderr.write(`${line}\n`) });
  components.push(component);
  testkitConfig.export(component.env);
}

function neededComponents(run: Run): ComponentName[] {
  const patterns = run.testPathPatterns?.patterns ?? [];
  // Traces are read by few tests; a run of other files needs no Jaeger.
  const readsTraces = patterns.length === 0 || patterns.some((pattern) => /traces|tests\/?$/.test(pattern));
  return componentNames.filter(
    (name) => (name !== 'jaeger' || readsTraces) && !testkitConfig.variable(componentTable[name].urlVariable),
  );
}

/** Folders of runs that were killed before they could clean up; their processes ended with them. */
async function removeLeftovers(root: string): Promise<void> {
  const folders = await readdir(root).catch(() => []);
  for (const folder of folders) {
    const pid = Number(/^test-(\d+)$/.exec(folder)?.[1]);
    if (pid > 0 && !(await isRunning(pid))) await rm(join(root, folder), { recursive: true, force: true });
  }
}
