import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { problem } from '@millrace/service';
import type { Response as Answer, Request } from 'express';
import type { ServiceName } from '../domain/service-name.ts';

/** A request on its way to a service. */
export type Forwarded = {
  readonly service: ServiceName;
  readonly base: string;
  /** Path and query behind the service's name; begins with a slash. */
  readonly path: string;
};

const requestHeaders = [
  'accept',
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'range',
];

const answerHeaders = [
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-range',
  'content-type',
  'etag',
  'ratelimit',
  'retry-after',
  'x-accel-buffering',
];

/** `/api/campaign/jobs?state=failed` is `/jobs?state=failed` of campaign; undefined for what names no service. */
export function addressOf(originalUrl: string): { service: string; path: string } | undefined {
  const [, service, path] = /^\/api\/([a-z-]+)(\/[^#]*)$/.exec(originalUrl) ?? [];
  return service && path ? { service, path } : undefined;
}

/**
 * Sends a request to its service and gives back the answer's beginning; its body is still to be read.
 * @param body in the place of the request's own stream, when that was read already.
 * @throws Problem `service-unavailable` when nobody answers there.
 */
export async function forward(
  request: Request,
  { service, base, path }: Forwarded,
  { body, signal }: { body?: Buffer; signal: AbortSignal },
): Promise<Response> {
  const hasBody = !['GET', 'HEAD'].includes(request.method);
  return fetch(`${base}${path}`, {
    method: request.method,
    headers: requestHeaders.flatMap((name) => headerOf(request, name)),
    redirect: 'manual',
    signal,
    ...(hasBody && { body: body ?? Readable.toWeb(request), duplex: 'half' }),
  } as RequestInit).catch((error: unknown) => {
    throw problem('service-unavailable', { service }, { cause: error, headers: { 'Retry-After': '2' } });
  });
}

const headerOf = (request: Request, name: string): [string, string][] => {
  const value = request.get(name);
  return value === undefined ? [] : [[name, value]];
};

/** Status and headers of a service's answer as the console's own. Whatever a service says, the browser runs none of it as a page of the console. */
export function copyHead(answer: Response, response: Answer, service: ServiceName): void {
  response.status(answer.status);
  for (const name of answerHeaders) {
    const value = answer.headers.get(name);
    if (value !== null) response.set(name, value);
  }
  const location = answer.headers.get('location');
  if (location?.startsWith('/')) response.set('Location', `/api/${service}${location}`);
  response.set('Content-Security-Policy', "sandbox; default-src 'none'");
}

/** Sends the body on as it comes. */
export function bodyOf(answer: Response): Readable | undefined {
  return answer.body ? Readable.fromWeb(answer.body as WebStream) : undefined;
}
