import { aborted } from './aborted.ts';
import type { BaseConfig } from './config.ts';
import { createDatabase } from './database.ts';
import type { CreateFront, Front } from './front.ts';
import { createHttpApp } from './http-app.ts';
import { createHttpServer } from './http-server.ts';
import { indexIdempotency } from './idempotency-store.ts';
import { createLogger } from './logger.ts';
import { describeRoutes } from './openapi.ts';
import { scoped } from './scope.ts';
import { type Ground, httpGround, once, type RunningService, reasonsOf, serve } from './serve.ts';
import { flushTelemetry } from './telemetry.ts';
import { untilStarted } from './until-started.ts';

type FrontParts<Config extends BaseConfig> = {
  /** One word: names the database and the log lines. */
  name: string;
  config: Config;
  app: CreateFront<Config>;
  /** Ends the process on SIGTERM and SIGINT. Default true; tests stop by hand. */
  handleSignals?: boolean;
};

/**
 * Runs a service that only answers: a database and HTTP, no broker and no bus. Everything else is as `startService` does it:
 * it answers at once, `/readyz` names what is missing, SIGTERM ends it in order.
 */
export async function startFront<Config extends BaseConfig>(parts: FrontParts<Config>): Promise<RunningService> {
  const { name, config } = parts;
  const log = createLogger({ name, level: config.LOG_LEVEL });
  const database = createDatabase({
    uri: config.MONGODB_URI,
    name: scoped(config, name),
    log,
    prepare: indexIdempotency,
  });
  const front = parts.app({ name, config, log, database: database.connection });
  const stopping = new AbortController();
  const ground = { config, database, log, stopping: stopping.signal };
  const listener = createHttpApp({
    ...front,
    ...httpGround(ground),
    document: describeRoutes({ name, routes: front.routes }),
    reasonsNotReady: () => [...reasonsOf(ground), ...(front.reasonsNotReady?.() ?? [])],
  });
  const http = createHttpServer(listener, config.PORT);

  database.start();
  const background = begin(front, ground);
  const stop = once(async () => {
    stopping.abort();
    await http.stop();
    await background;
    await database.stop();
    await flushTelemetry();
    log.info({}, 'service stopped');
  });
  return serve({ http, config, log, isProcess: parts.handleSignals ?? true, stop });
}

async function begin({ start }: Front, { database, log, stopping }: Omit<Ground, 'config'>): Promise<void> {
  await Promise.race([database.connected, aborted(stopping)]);
  if (start && !stopping.aborted) await untilStarted(start, { part: 'app', log, signal: stopping });
}
