import { context, metrics } from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { User } from './role.ts';

const durations = metrics.getMeter('@millrace/service').createHistogram('http_server_request_duration_seconds', {
  description: 'Time from a request to the end of its answer, by route.',
});

/** One line and one measurement a request, when its answer has ended. No query, no headers: they may hold what is private. */
export function requestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const here = context.active();
    response.once('close', () => {
      const seconds = (performance.now() - startedAt) / 1_000;
      const fields = {
        method: request.method,
        path: request.path,
        route: routeOf(response.locals),
        status: response.statusCode,
        durationMs: Math.round(seconds * 100_000) / 100,
        sub: (response.locals['user'] as User | undefined)?.sub,
        ...(!response.writableFinished && { cutOff: true }),
      };
      context.with(here, () => log[isQuiet(fields.route) ? 'debug' : 'info'](fields, 'request'));
      if (isStream(response.get('Content-Type'))) return;
      durations.record(seconds, {
        http_request_method: request.method,
        http_route: fields.route,
        http_response_status_code: response.statusCode,
      });
    });
    next();
  };
}

/** What no route matched shares one label, so that strangers cannot fill the metrics with names. */
const routeOf = (locals: Record<string, unknown>): string => (locals['route'] as string | undefined) ?? 'none';

/** Probes ask every few seconds. */
const isQuiet = (route: string): boolean => ['/healthz', '/readyz', '/metrics'].includes(route);

const isStream = (type: string | undefined): boolean => type?.startsWith('text/event-stream') ?? false;
