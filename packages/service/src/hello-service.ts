import { randomUUID } from 'node:crypto';
import { afterFile, components } from '@millrace/testkit';
import { z } from 'zod';
import { type BaseConfig, serviceConfig } from './config.ts';
import type { App } from './kit.ts';
import type { Route } from './route.ts';
import type { RunningService } from './serve.ts';
import { startService } from './start-service.ts';

/** A service of only the given routes, on real components, with names of its own. For this package's tests. */
export const startHello = (routes: readonly Route[], env: Record<string, string> = {}): Promise<RunningService> =>
  startForTest('hello', () => ({ routes: () => routes }), env);

/** Starts a service in the test's own process; ended after the file. */
export async function startForTest(
  name: string,
  app: () => App,
  env: Record<string, string> = {},
): Promise<RunningService> {
  const service = await startService({ name, config: testConfig(env), app, handleSignals: false });
  afterFile(() => service.stop());
  return service;
}

function testConfig(env: Record<string, string>): BaseConfig {
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const shared = { AMQP_URL: amqpUrl, NATS_URL: natsUrl, MONGODB_URI: mongodbUri };
  const own = { NAMESPACE: `kit-${randomUUID().slice(0, 8)}`, LOG_LEVEL: 'silent', DRAIN_SECONDS: '2' };
  return serviceConfig(z.object({}), { port: 0, env: { ...shared, ...own, ...env } });
}
