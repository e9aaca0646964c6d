import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComponentName, RunningComponent } from '@millrace/stack';
import { componentTable, startComponent } from '@millrace/stack';
import { afterFile } from './after-file.ts';
import { testkitConfig } from './config.ts';
import { runDirectory } from './run-directory.ts';

/** Where the components of this test run are. */
type Components = { amqpUrl: string; natsUrl: string; mongodbUri: string };

/** The instances that all test files of a run share; use names of your own in them. @throws outside a run that started them. */
export function components(): Components {
  return { amqpUrl: shared('rabbitmq'), natsUrl: shared('nats'), mongodbUri: shared('mongodb') };
}

/** Where this run's Jaeger is; it runs for tests/traces and for runs of everything. @throws otherwise. */
export function jaegerQueryUrl(): string {
  return shared('jaeger');
}

/** An instance for one test file, to be killed and wiped at will; ended and deleted after the file. */
export async function privateComponent(name: ComponentName): Promise<RunningComponent> {
  const directory = join(runDirectory(), `private-${randomUUID()}`);
  const component = await startComponent(name, { directory });
  afterFile(async () => {
    await component.kill('SIGKILL');
    await component.wipe();
    await rm(directory, { recursive: true, force: true });
  });
  return component;
}

function shared(name: ComponentName): string {
  const { title, urlVariable } = componentTable[name];
  const url = testkitConfig.variable(urlVariable);
  if (!url)
    throw new Error(
      `${title} was not started for this run (${urlVariable} is not set); run through jest from the root, or set ${urlVariable}`,
    );
  return url;
}
