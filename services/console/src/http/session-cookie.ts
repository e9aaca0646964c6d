import { problem } from '@millrace/service';
import type { Request, RequestHandler } from 'express';

/** The header by which the web app shows that a change comes from it; another site cannot send it without being asked first, and nobody allows that. */
const ownHeader = 'x-millrace-console';

/** With `https:` the browser keeps the cookie to encrypted connections and to this very host. */
const cookieName = (isSecure: boolean): string => (isSecure ? '__Host-millrace' : 'millrace');

/** A Set-Cookie that keeps a token where no script reads it and no other site sends it. `maxAgeSeconds` 0 takes it back. */
export const sessionCookie = (
  token: string,
  { isSecure, maxAgeSeconds }: { isSecure: boolean; maxAgeSeconds: number },
) =>
  [
    `${cookieName(isSecure)}=${token}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    `Max-Age=${maxAgeSeconds}`,
    ...(isSecure ? ['Secure'] : []),
  ].join('; ');

/**
 * Turns the session cookie into the bearer token that it holds, so that behind this everything is as in every service.
 * A change that comes with the cookie must come from the console's own page. An Authorization header goes before a cookie.
 */
export const sessionBearer =
  ({ isSecure }: { isSecure: boolean }): RequestHandler =>
  (request, _response, next) => {
    const token = request.get('authorization') ? undefined : tokenIn(request.get('cookie'), cookieName(isSecure));
    if (token === undefined) return next();
    const reason = isSafe(request) ? undefined : whyForged(request);
    if (reason) return next(problem('request-forged', { reason }));
    request.headers.authorization = `Bearer ${token}`;
    next();
  };

const isSafe = ({ method }: Request): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method);

function whyForged(request: Request): string | undefined {
  const origin = request.get('origin');
  const site = request.get('sec-fetch-site');
  if (origin !== undefined && hostOf(origin) !== request.get('host')) return `it comes from ${origin}`;
  if (site !== undefined && site !== 'same-origin') return `it is ${site}`;
  return request.get(ownHeader) === undefined ? `the header ${ownHeader} is missing` : undefined;
}

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined);

const tokenIn = (cookies: string | undefined, name: string): string | undefined =>
  cookies
    ?.split(';')
    .map((pair) => pair.trim().split('='))
    .find(([key]) => key === name)?.[1];
