import { flushCompileCache } from 'node:module';
import type { Logger } from 'pino';
import { createAuthenticate } from './authentication.ts';
import type { BaseConfig } from './config.ts';
import type { Database } from './database.ts';
import type { HttpAppParts } from './http-app.ts';
import type { HttpServer } from './http-server.ts';
import { mongoIdempotencyStore } from './idempotency-store.ts';
import { rateLimiter } from './rate-limit.ts';
import { onStopSignal } from './stop-signal.ts';
import { renderMetrics } from './telemetry.ts';

export type RunningService = {
  /** Where it answers. */
  readonly url: string;
  /** Ends everything in order. Safe twice. */
  stop(): Promise<void>;
};

export type Ground = { config: BaseConfig; database: Database; log: Logger; stopping: AbortSignal };

/** What answers of every service stand on, whatever its routes are. */
export const httpGround = ({ config, database, log, stopping }: Ground) =>
  ({
    log,
    stopping,
    heartbeatMs: config.SSE_HEARTBEAT_SECONDS * 1_000,
    authenticate: createAuthenticate(config),
    rateLimiter: rateLimiter(config.RATE_LIMIT_PER_MINUTE),
    idempotency: mongoIdempotencyStore(database.connection),
    renderMetrics,
  }) satisfies Partial<HttpAppParts>;

/** What keeps a service of any kind from getting requests. */
export const reasonsOf = ({ database, stopping }: Pick<Ground, 'database' | 'stopping'>): readonly string[] => [
  ...(stopping.aborted ? ['the service is stopping'] : []),
  ...database.isReady().reasons,
];

type Serving = {
  http: HttpServer;
  config: BaseConfig;
  log: Logger;
  /** Whether a signal stops it, at the latest DRAIN_SECONDS + 5 later. */
  isProcess: boolean;
  stop(): Promise<void>;
};

/** Listens from now on. @throws after stopping everything when the port is taken. */
export async function serve({ http, config, log, isProcess, stop }: Serving): Promise<RunningService> {
  const port = await http.start().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  log.info({ port, run: config.RUN }, 'service started');
  // Where NODE_COMPILE_CACHE is set, the next process begins with what this one has compiled, even if this one is killed.
  if (isProcess) flushCompileCache();
  if (isProcess) onStopSignal(stop, { withinMs: (config.DRAIN_SECONDS + 5) * 1_000 - 500, log });
  return { url: `http://127.0.0.1:${port}`, stop };
}

/** The same end for everybody who asks for it. */
export function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= action());
}
