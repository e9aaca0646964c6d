import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { findUnsafe } from './input-guard.ts';
import { invalidInput, problem } from './problem.ts';
import { filesReader } from './receive-files.ts';
import type { Route } from './route.ts';

/** JSON bodies may have this many bytes; a route with a raw body states its own limit. */
export const jsonLimitBytes = 1_048_576;

/**
 * Puts a route's parsed body into `request.body`: JSON of at most 1 MiB, or the bytes or files that a route takes instead.
 * Without a body it is left undefined, for the route's schema to judge.
 */
export function bodyReader(route: Route): RequestHandler {
  if (route.files) return filesReader(route.files);
  const limitBytes = route.rawBody?.limitBytes ?? jsonLimitBytes;
  const parse = route.rawBody ? rawParser(route.rawBody) : jsonParser();
  const expected = route.rawBody ? route.rawBody.types.join(' or ') : 'application/json';
  return (request, response, next) => {
    if (!hasBody(request)) return next();
    // The parser would first read all that was announced, however long that takes.
    if (announced(request) > limitBytes) return next(problem('body-too-large', { limitBytes }));
    if (!request.is(route.rawBody ? [...route.rawBody.types] : ['json', '+json'])) {
      return next(problem('unsupported-media-type', { type: request.get('content-type') ?? 'untyped', expected }));
    }
    parse(request, response, (error?: unknown) => next(error ?? unsafeBody(request)));
  };
}

const rawParser = ({ types, limitBytes }: { types: readonly string[]; limitBytes: number }): RequestHandler =>
  express.raw({ type: [...types], limit: limitBytes });

/** `strict` is off so that a bare `"text"` is judged by the schema, not called malformed. */
const jsonParser = (): RequestHandler =>
  express.json({ type: ['json', '+json'], limit: jsonLimitBytes, strict: false, verify: refuseBadUtf8 });

function refuseBadUtf8(_request: unknown, _response: Response | unknown, bytes: Buffer): void {
  if (!isUtf8(bytes)) throw problem('malformed-json', { reason: 'it is not valid UTF-8' });
}

const hasBody = ({ headers }: Pick<Request, 'headers'>): boolean =>
  headers['transfer-encoding'] !== undefined || announced({ headers }) > 0;

const announced = ({ headers }: Pick<Request, 'headers'>): number => Number(headers['content-length'] ?? 0);

function unsafeBody(request: Request): Error | undefined {
  if (Buffer.isBuffer(request.body)) return undefined;
  const errors = findUnsafe(request.body, 'body');
  return errors.length > 0 ? invalidInput(errors) : undefined;
}
