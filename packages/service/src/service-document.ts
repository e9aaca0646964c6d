import { pino } from 'pino';
import type { BaseConfig } from './config.ts';
import { connectParts } from './connect-parts.ts';
import { createDatabase } from './database.ts';
import type { CreateApp } from './kit.ts';
import { describeRoutes } from './openapi.ts';
import { serviceRoutes } from './service-routes.ts';

/** The OpenAPI document of a service without running it: its parts are made and never started. */
export async function serviceDocument<Config extends BaseConfig>({
  name,
  config,
  app: createApp,
}: {
  name: string;
  config: Config;
  app: CreateApp<Config>;
}): Promise<unknown> {
  const log = pino({ level: 'silent' });
  const database = createDatabase({ uri: config.MONGODB_URI, name, log, prepare: async () => undefined });
  const app = createApp({ name, config, log, database: database.connection });
  const running = connectParts({ name, config, app, database: database.connection, log });
  const document = describeRoutes({ name, routes: serviceRoutes({ app, running, log }) });
  await database.stop();
  return document;
}
