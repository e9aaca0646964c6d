import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComponentName, type RunningComponent, startComponent } from '@millrace/stack';
import { inherited } from './config.ts';

/** Private components that nothing else uses, so that what is measured is the work and not its neighbours. */
export type Lab = {
  readonly amqpUrl: string;
  readonly mongodbUri: string;
  readonly natsUrl: string;
  /** The variables of a service that stands on these components. */
  readonly environment: Readonly<Record<string, string>>;
  /** For logs; removed afterwards. */
  readonly directory: string;
};

/** Runs measurements beside fresh components and removes them afterwards, whatever happens. */
export async function withLab<T>(measure: (lab: Lab) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const started: RunningComponent[] = [];
  const start = async (name: ComponentName) => {
    const component = await startComponent(name, { directory });
    started.push(component);
    return component.url;
  };
  try {
    const [amqpUrl, mongodbUri, natsUrl] = await Promise.all([start('rabbitmq'), start('mongodb'), start('nats')]);
    const urls = { AMQP_URL: amqpUrl, MONGODB_URI: mongodbUri, NATS_URL: natsUrl };
    return await measure({ amqpUrl, mongodbUri, natsUrl, environment: { ...inherited(), ...urls }, directory });
  } finally {
    await Promise.all(started.map((component) => component.stop()));
    await rm(directory, { recursive: true, force: true });
  }
}
