import type { Route } from './route.ts';

/** The OpenAPI document of a service, made from the routes that serve it. */
export function describeRoutes({ name, routes }: { name: string; routes: readonly Route[] }): unknown {
  return { openapi: '3.1.0', info: { title: name, version: '1' }, paths: Object.fromEntries(routes.map(({ path }) => [path, {}])) };
}
