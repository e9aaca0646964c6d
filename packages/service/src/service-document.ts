import { pino } from 'pino';
import type { BaseConfig } from './config.ts';
import { connectParts } from './connect-parts.ts';
import { createDatabase } from './database.ts';
import type { CreateFront, Front } from './front.ts';
import type { App, CreateApp } from './kit.ts';
import { describeRoutes } from './openapi.ts';
import type { Route } from './route.ts';
import { serviceRoutes } from './service-routes.ts';

/** The OpenAPI document of a service without running it: its parts are made and never started. */
export async function serviceDocument<Config extends BaseConfig>({
  name,
  config,
  app: createApp,
}: {
  name: string;
  config: Config;
  app: CreateApp<Config> | CreateFront<Config>;
}): Promise<unknown> {
  const log = pino({ level: 'silent' });
  const database = createDatabase({ uri: config.MONGODB_URI, name, log, prepare: async () => undefined });
  const app = createApp({ name, config, log, database: database.connection });
  const routesOf = (parts: App): readonly Route[] => {
    const running = connectParts({ name, config, app: parts, database: database.connection, log });
    return serviceRoutes({ app: parts, running, log });
  };
  const document = describeRoutes({ name, routes: isFront(app) ? app.routes : routesOf(app) });
  await database.stop();
  return document;
}

/** Only its routes are there before anything runs. */
const isFront = (app: App | Front): app is Front => Array.isArray(app.routes);
