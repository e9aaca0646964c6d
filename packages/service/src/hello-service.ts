import { randomUUID } from 'node:crypto';
import { afterFile, components } from '@millrace/testkit';
import { z } from 'zod';
import { serviceConfig } from './config.ts';
import type { Route } from './route.ts';
import { startService } from './start-service.ts';

/** A service of only the given routes, on real components, with names of its own. For this package's tests. */
export async function startHello(routes: readonly Route[], env: Record<string, string> = {}) {
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const namespace = `kit-${randomUUID().slice(0, 8)}`;
  const config = serviceConfig(z.object({}), {
    port: 0,
    env: { AMQP_URL: amqpUrl, NATS_URL: natsUrl, MONGODB_URI: mongodbUri, NAMESPACE: namespace, LOG_LEVEL: 'silent', ...env },
  });
  const service = await startService({ name: 'hello', config, app: () => ({ routes: () => routes }), handleSignals: false });
  afterFile(() => service.stop());
  return service;
}
