import type { Logger } from 'pino';
import type { z } from 'zod';
import type { ProblemCode } from './problem-table.ts';
import type { FilesBody } from './receive-files.ts';
import type { ReceivedFile } from './received-file.ts';
import type { Access, User } from './role.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** A request after all checks: what a handler gets. */
export type HandlerRequest<Params = unknown, Query = unknown, Body = unknown> = {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** What came as `multipart/form-data`; empty for routes that take no files. */
  readonly files: readonly ReceivedFile[];
  readonly user: User;
  /**
   * An id for what this request makes. Derived from the Idempotency-Key where there is one, so that a repeated request,
   * even one that takes over from a dead process, hits the very same ids. A fresh UUIDv7 otherwise.
   */
  readonly commandId: string;
  /** Whether this request may come again under the same `commandId`: it has an Idempotency-Key. */
  readonly isRepeatable: boolean;
  /** The revision in If-Match; undefined without one, for `*`, and for routes that do not list `revision-mismatch`. */
  readonly ifMatch: number | undefined;
  readonly lastEventId: string | undefined;
  /** A header of the request, by its name in any case. */
  readonly header: (name: string) => string | undefined;
  /** Aborts when the caller has gone or the service stops. */
  readonly signal: AbortSignal;
  readonly log: Logger;
};

/** Bytes instead of JSON; the body is then a Buffer. */
type RawBody = { readonly types: readonly string[]; readonly limitBytes: number };

type Described = { readonly description: string; readonly body?: z.ZodType; readonly mediaType?: string };

/** What the routes of all shapes have in common, for the server and the documentation. */
export type Route = {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly role: Access;
  readonly params?: z.ZodType | undefined;
  readonly query?: z.ZodType | undefined;
  readonly body?: z.ZodType | undefined;
  readonly rawBody?: RawBody | undefined;
  readonly files?: FilesBody | undefined;
  readonly responses: Readonly<Record<number, Described>>;
  readonly problems: readonly ProblemCode[];
  readonly idempotent: boolean;
  readonly signedLink: boolean;
  handle(request: HandlerRequest): Promise<unknown>;
};

type Output<Schema, Otherwise> = Schema extends z.ZodType ? z.output<Schema> : Otherwise;

type RouteSpec<Params, Query, Body> = {
  method: Method;
  /** Express style: `/campaigns/:id`. */
  path: string;
  /** One sentence for the documentation. */
  summary: string;
  /** Groups routes in the documentation. Default: the first part of the path. */
  tag?: string;
  role: Access;
  /** What does not fit answers 404: a malformed id names nothing. */
  params?: Params;
  /** What does not fit answers 422, and so does a parameter that the schema does not know. */
  query?: Query;
  body?: Body;
  rawBody?: RawBody;
  /** Takes files as `multipart/form-data`. */
  files?: FilesBody;
  /** What a good answer looks like, by status; a schema alone is enough. The lowest status is that of a plain value. */
  responses: Readonly<Record<number, z.ZodType | Described>>;
  /** Problems beyond those that every route can answer. */
  problems?: readonly ProblemCode[];
  /** Whether Idempotency-Key is honoured. Default: on POST. */
  idempotent?: boolean;
  /** Whether a signature in the query (`signedLinkQuery`) lets in without a token; the handler checks it. Default: no. */
  signedLink?: boolean;
  /** Returns a plain value, or a reply made by `ok`, `created`, `accepted`, `noContent`, `eventStream`. */
  handle(
    request: HandlerRequest<
      Output<Params, Record<string, string>>,
      Output<Query, Record<string, never>>,
      Output<Body, Buffer>
    >,
  ): Promise<unknown>;
};

/**
 * One operation of a service: its check, its documentation and its code.
 * @example
 * route({ method: 'get', path: '/campaigns/:id', summary: 'Shows a campaign.', role: 'any',
 *   params: z.object({ id: z.uuid() }), responses: { 200: campaignResource }, problems: ['campaign-not-found'],
 *   handle: async ({ params, user }) => …});
 */
export function route<
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(spec: RouteSpec<Params, Query, Body>): Route {
  return {
    ...spec,
    tag: spec.tag ?? spec.path.split('/')[1] ?? 'service',
    responses: Object.fromEntries(Object.entries(spec.responses).map(([status, said]) => [status, described(said)])),
    problems: spec.problems ?? [],
    idempotent: spec.idempotent ?? spec.method === 'post',
    signedLink: spec.signedLink ?? false,
    // The server calls it only with what these very schemas have let through.
    handle: spec.handle as unknown as Route['handle'],
  };
}

const described = (said: z.ZodType | Described): Described =>
  'description' in said && !('_zod' in said)
    ? said
    : { description: (said as z.ZodType).meta()?.description ?? 'As asked.', body: said as z.ZodType };
