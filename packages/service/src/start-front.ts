import { createAuthenticate } from './authentication.ts';
import type { BaseConfig } from './config.ts';
import { createDatabase } from './database.ts';
import type { CreateFront } from './front.ts';
import { createHttpApp } from './http-app.ts';
import { createHttpServer } from './http-server.ts';
import { indexIdempotency, mongoIdempotencyStore } from './idempotency-store.ts';
import { createLogger } from './logger.ts';
import { describeRoutes } from './openapi.ts';
import { rateLimiter } from './rate-limit.ts';
import { scoped } from './scope.ts';
import type { RunningService } from './start-service.ts';
import { onStopSignal } from './stop-signal.ts';
import { flushTelemetry, renderMetrics } from './telemetry.ts';
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
  const listener = createHttpApp({
    ...front,
    log,
    stopping: stopping.signal,
    heartbeatMs: config.SSE_HEARTBEAT_SECONDS * 1_000,
    authenticate: createAuthenticate(config),
    rateLimiter: rateLimiter(config.RATE_LIMIT_PER_MINUTE),
    idempotency: mongoIdempotencyStore(database.connection),
    renderMetrics,
    document: describeRoutes({ name, routes: front.routes }),
    reasonsNotReady: () => [
      ...(stopping.signal.aborted ? ['the service is stopping'] : []),
      ...database.isReady().reasons,
      ...(front.reasonsNotReady?.() ?? []),
    ],
  });
  const http = createHttpServer(listener, config.PORT);
  database.start();
  void begin(front.start, { after: database.connected, log, signal: stopping.signal });
  let stopped: Promise<void> | undefined;
  const stopInOrder = async () => {
    await http.stop();
    await database.stop();
    await flushTelemetry();
  };
  const stop = () => {
    stopping.abort();
    stopped ??= stopInOrder();
    return stopped;
  };
  const port = await http.start().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  log.info({ port }, 'service started');
  if (parts.handleSignals ?? true) onStopSignal(stop, { withinMs: (config.DRAIN_SECONDS + 5) * 1_000 - 500, log });
  return { url: `http://127.0.0.1:${port}`, stop };
}

type Beginning = { after: Promise<void>; log: ReturnType<typeof createLogger>; signal: AbortSignal };

async function begin(start: (() => Promise<void>) | undefined, { after, log, signal }: Beginning): Promise<void> {
  await after;
  if (start) await untilStarted(start, { part: 'app', log, signal });
}
