import { setTimeout as delay } from 'node:timers/promises';
import express, { type Express, type IRoute, type RequestHandler } from 'express';
import helmet from 'helmet';
import { type AnswerTools, answer } from './answer.ts';
import type { Authenticate } from './authentication.ts';
import { bodyReader } from './body.ts';
import { currentTraceparent } from './logger.ts';
import { problem } from './problem.ts';
import { notFound, problemHandler } from './problem-response.ts';
import { requestLog } from './request-log.ts';
import { admits, rolesFor, type User } from './role.ts';
import type { Method, Route } from './route.ts';

export type HttpAppParts = AnswerTools & {
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  readonly rateLimiter: RequestHandler;
  /** Sees every request before the routes do. */
  readonly before?: RequestHandler | undefined;
  /** Answers what no route does, and hands on what it does not know either. */
  readonly beyond?: RequestHandler | undefined;
  /** What is missing, in words; none when ready. */
  reasonsNotReady(): readonly string[];
  /** What else `/readyz` shows when ready. What fails or takes longer than {@link detailsWithinMs} is left out. */
  details?(): Promise<Readonly<Record<string, unknown>>>;
  renderMetrics(): Promise<string>;
  readonly document: unknown;
};

/** The whole of a service's HTTP: probes, documentation, its routes, and a problem for everything else. */
export function createHttpApp(parts: HttpAppParts): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('case sensitive routing', true);
  app.use(requestLog(parts.log), tracedAnswer, helmet());
  if (parts.before) app.use(parts.before);
  const byShape = Map.groupBy(Object.entries(doors(parts)), ([path]) => shapeOf(path));
  for (const sameShape of byShape.values()) mount(app, sameShape);
  if (parts.beyond) app.use(parts.beyond);
  app.use(notFound, problemHandler(parts.log));
  return app;
}

/** By it whoever asks finds the trace, also one that they have not begun. */
const tracedAnswer: RequestHandler = (_request, response, next) => {
  const traceparent = currentTraceparent();
  if (traceparent) response.set('traceparent', traceparent);
  next();
};

type Handlers = Partial<Record<Method, readonly RequestHandler[]>>;

/** Paths with words before paths with parameters, so that `/jobs/counts` is not taken for a job. */
function doors(parts: HttpAppParts): Record<string, Handlers> {
  const routes = parts.routes.toSorted((a, b) => specificity(a.path).localeCompare(specificity(b.path)));
  const byPath = Map.groupBy(routes, ({ path }) => path);
  const own = [...byPath].map(([path, there]) => [path, handlersOf(there, parts)] as const);
  return { ...builtIn(parts), ...Object.fromEntries(own) };
}

function handlersOf(routes: readonly Route[], parts: HttpAppParts): Handlers {
  const methods = routes.map(({ method }) => method);
  const twice = methods.find((method, index) => methods.indexOf(method) !== index);
  if (twice) throw new Error(`route ${twice} ${routes[0]?.path} is stated twice`);
  return Object.fromEntries(
    routes.map((route) => [
      route.method,
      [admission(route, parts), parts.rateLimiter, bodyReader(route), answer(route, parts)],
    ]),
  );
}

const specificity = (path: string): string =>
  path
    .split('/')
    .map((part) => (part.startsWith(':') ? '1' : `0${part}`))
    .join('/');

/** `/jobs/:` of `/jobs/:id`: what tells paths apart for whoever knocks, whatever the routes call their parameters. */
const shapeOf = (path: string): string => path.replace(/:\w+/g, ':');

/** Opens the doors of one shape, and answers at all of them together for the methods that none of them offers. */
function mount(app: Express, sameShape: readonly (readonly [path: string, handlers: Handlers])[]): void {
  const offered = sameShape.flatMap(([, handlers]) => Object.keys(handlers)).map((method) => method.toUpperCase());
  const twice = offered.find((method, index) => offered.indexOf(method) !== index);
  if (twice) throw new Error(`routes ${sameShape.map(([path]) => path).join(' and ')} both offer ${twice}`);
  const allowed = [...offered, ...(offered.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  const doors = sameShape.map(([path, handlers]) => open(app, path, handlers));
  const last = doors.at(-1);
  last?.options((_request, response) => void response.set('Allow', allowed).status(204).end());
  last?.all((request, _response, next) =>
    next(problem('method-not-allowed', { method: request.method, allowed }, { headers: { Allow: allowed } })),
  );
}

function open(app: Express, path: string, handlers: Handlers): IRoute {
  const known: RequestHandler = (_request, response, next) => {
    response.locals['route'] = path;
    next();
  };
  const door = app.route(path).all(known);
  for (const method of Object.keys(handlers) as Method[]) door[method](...(handlers[method] ?? []));
  return door;
}

/** Lets those in whom the route admits, and notes who they are. */
const admission =
  (route: Route, { authenticate }: HttpAppParts): RequestHandler =>
  async (request, response, next) => {
    if (route.role === 'public' || (route.signedLink && 'signature' in request.query)) return next();
    const user: User = await authenticate(request.get('authorization'));
    response.locals['user'] = user;
    if (!admits(route.role, user.role)) throw problem('forbidden', { role: user.role, needed: rolesFor(route.role) });
    next();
  };

/** Whoever probes waits for a second. */
const detailsWithinMs = 300;

/** A probe is answered, whatever the details do. */
async function shown(details: HttpAppParts['details']): Promise<Readonly<Record<string, unknown>>> {
  if (!details) return {};
  const late = delay(detailsWithinMs, {}, { ref: false });
  return Promise.race([details(), late]).catch(() => ({}));
}

function builtIn({ reasonsNotReady, details, renderMetrics, document }: HttpAppParts): Record<string, Handlers> {
  return {
    '/healthz': { get: [(_request, response) => void response.json({ status: 'ok' })] },
    '/readyz': {
      get: [
        async (_request, response) => {
          const reasons = reasonsNotReady();
          const more = reasons.length === 0 ? await shown(details) : {};
          response.status(reasons.length === 0 ? 200 : 503).json({ ready: reasons.length === 0, reasons, ...more });
        },
      ],
    },
    '/metrics': {
      get: [async (_request, response) => void response.type('text/plain; version=0.0.4').send(await renderMetrics())],
    },
    '/openapi.json': { get: [(_request, response) => void response.json(document)] },
  };
}
