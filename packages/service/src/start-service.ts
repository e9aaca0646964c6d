import type { Logger } from 'pino';
import { aborted } from './aborted.ts';
import type { BaseConfig } from './config.ts';
import { connectParts } from './connect-parts.ts';
import { createDatabase, type Database } from './database.ts';
import { watchDeadLetters } from './dead-letters/dead-letter-watch.ts';
import { createHttpApp } from './http-app.ts';
import { createHttpServer } from './http-server.ts';
import { indexIdempotency } from './idempotency-store.ts';
import type { App, CreateApp, Running } from './kit.ts';
import { createLogger } from './logger.ts';
import { describeRoutes } from './openapi.ts';
import { quarantineIdleMs } from './quarantine-process.ts';
import { scoped } from './scope.ts';
import { httpGround, once, type RunningService, reasonsOf, serve } from './serve.ts';
import { serviceRoutes } from './service-routes.ts';
import { flushTelemetry } from './telemetry.ts';
import { untilStarted } from './until-started.ts';

type ServiceParts<Config extends BaseConfig> = {
  /** One word: names the database, the log lines, the queues. */
  name: string;
  config: Config;
  app: CreateApp<Config>;
  /** Ends the process on SIGTERM and SIGINT. Default true; tests stop by hand. */
  handleSignals?: boolean;
};

/**
 * Runs a service: database, bus, jobs, then HTTP. It answers at once, whatever is away; `/readyz` names what is missing,
 * and each part goes on connecting by itself. On SIGTERM or SIGINT it stops in the reverse order and exits 0,
 * at the latest DRAIN_SECONDS + 5 later.
 */
export async function startService<Config extends BaseConfig>(parts: ServiceParts<Config>): Promise<RunningService> {
  const { name, config } = parts;
  const log = createLogger({ name, level: config.LOG_LEVEL });
  const database = createDatabase({
    uri: config.MONGODB_URI,
    name: scoped(config, name),
    log,
    prepare: indexIdempotency,
  });
  const app = parts.app({ name, config, log, database: database.connection });
  const isProcess = parts.handleSignals ?? true;
  const running = connectParts({ name, config, app, database: database.connection, log, isolate: isProcess });
  const watch = watchOf({ name, config, database, running, log });
  const stopping = new AbortController();
  const http = createHttpServer(
    httpListener({ parts, app, running, database, log, stopping: stopping.signal }),
    config.PORT,
  );

  database.start();
  const background = startParts({ app, running, database, log, watch, stopping: stopping.signal });
  const stop = once(async () => {
    stopping.abort();
    await http.stop();
    await background;
    await stopParts({ app, running, database, log, watch });
    await flushTelemetry();
  });
  const service = await serve({ http, config, log, isProcess, stop });
  if (config.RUN === 'quarantine') void running.jobs.idleFor(quarantineIdleMs).then(() => process.kill(process.pid));
  return service;
}

type Started = { app: App; running: Running; database: Database; log: Logger };

function httpListener<Config extends BaseConfig>({
  parts: { name, config },
  app,
  running,
  database,
  log,
  stopping,
}: Started & { parts: ServiceParts<Config>; stopping: AbortSignal }) {
  const routes = isApi(config) ? serviceRoutes({ app, running, log }) : [];
  return createHttpApp({
    ...httpGround({ config, database, log, stopping }),
    routes,
    document: describeRoutes({ name, routes }),
    reasonsNotReady: () => [
      ...reasonsOf({ database, stopping }),
      ...running.bus.isReady().reasons,
      ...running.jobs.troubles(),
      ...(app.reasonsNotReady?.() ?? []),
    ],
    ...(app.details && { details: () => app.details?.() ?? Promise.resolve({}) }),
  });
}

/** Whoever works on jobs announces what has died of them; null elsewhere. */
function watchOf({
  name,
  config,
  database,
  running,
  log,
}: Omit<Started, 'app'> & { name: string; config: BaseConfig }) {
  if (config.RUN !== 'worker' && config.RUN !== 'all') return null;
  const everyMs = config.DEAD_LETTER_WATCH_MS;
  return watchDeadLetters({ service: name, database: database.connection, ...running, everyMs, log });
}

type Watched = { watch: ReturnType<typeof watchOf> };

const isApi = ({ RUN }: BaseConfig): boolean => RUN === 'api' || RUN === 'all';

/** Resolves when every part has begun or the service stops; each is tried again until then. */
async function startParts({
  app,
  running,
  database,
  log,
  watch,
  stopping,
}: Started & Watched & { stopping: AbortSignal }): Promise<void> {
  const begin = (part: string, start: () => Promise<void>) => untilStarted(start, { part, log, signal: stopping });
  const hasBus = begin('bus', () => running.bus.start());
  await Promise.race([database.connected, aborted(stopping)]);
  if (stopping.aborted) return;
  await Promise.all([
    hasBus,
    begin('jobs', () => running.jobs.start()),
    begin('app', async () => app.start?.(running)),
    begin('dead letters', async () => watch?.start()),
  ]);
}

async function stopParts({ app, running, database, log, watch }: Started & Watched): Promise<void> {
  for (const [part, end] of Object.entries({
    app: async () => app.stop?.(),
    jobs: () => running.jobs.stop(),
    'dead letters': async () => watch?.stop(),
    bus: () => running.bus.stop(),
    database: () => database.stop(),
  })) {
    await end().catch((error: unknown) => log.error({ err: error, part }, 'part did not stop cleanly'));
  }
  log.info({}, 'service stopped');
}
