import { problem } from '@millrace/service';
import type { Request, RequestHandler } from 'express';
import type { Presented } from './provider-sessions.ts';

/** The header by which the web app shows that a change comes from it; another site cannot send it without being asked first, and nobody allows that. */
const ownHeader = 'x-millrace-console';

/** With `https:` the browser keeps the cookie to encrypted connections and to this very host. */
const cookieName = (isSecure: boolean, what = ''): string => `${isSecure ? '__Host-' : ''}millrace${what}`;

type Lifetime = { readonly isSecure: boolean; readonly maxAgeSeconds: number };

/** A Set-Cookie that keeps a value where no script reads it and no other site sends it. `maxAgeSeconds` 0 takes it back. */
export const sessionCookie = (value: string, { isSecure, maxAgeSeconds }: Lifetime): string =>
  cookie(cookieName(isSecure), value, { isSecure, maxAgeSeconds, sameSite: 'Strict' });

/** What a browser has to bring back from the identity provider, which is another site. */
export const loginCookie = (value: string, { isSecure, maxAgeSeconds }: Lifetime): string =>
  cookie(cookieName(isSecure, '-login'), value, { isSecure, maxAgeSeconds, sameSite: 'Lax' });

export const sessionIn = (cookies: string | undefined, isSecure: boolean): string | undefined =>
  valueIn(cookies, cookieName(isSecure));

export const loginIn = (cookies: string | undefined, isSecure: boolean): string | undefined =>
  valueIn(cookies, cookieName(isSecure, '-login'));

export const secondsUntil = (end: Date): number => Math.max(0, Math.floor((end.getTime() - Date.now()) / 1_000));

type Bearing = {
  readonly isSecure: boolean;
  /** What the cookie's value is worth; undefined for nothing. */
  present(value: string): Promise<Presented | undefined>;
};

/**
 * Turns the session cookie into a bearer token, so that behind this everything is as in every service. A change that comes with
 * the cookie must come from the console's own page. An Authorization header goes before a cookie.
 */
export const sessionBearer =
  ({ isSecure, present }: Bearing): RequestHandler =>
  async (request, response, next) => {
    const value = request.path.startsWith('/api/') ? presentedBy(request, isSecure) : undefined;
    if (!value) return next();
    const reason = isSafe(request) ? undefined : whyForged(request);
    if (reason) throw problem('request-forged', { reason });
    const presented = await present(value);
    if (!presented) return next();
    request.headers.authorization = presented.authorization;
    if (presented.renewed) {
      const { secret, endsAt } = presented.renewed;
      response.append('Set-Cookie', sessionCookie(secret, { isSecure, maxAgeSeconds: secondsUntil(endsAt) }));
    }
    next();
  };

const presentedBy = (request: Request, isSecure: boolean): string | undefined =>
  request.get('authorization') ? undefined : sessionIn(request.get('cookie'), isSecure);

const isSafe = ({ method }: Request): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method);

function whyForged(request: Request): string | undefined {
  const origin = request.get('origin');
  const site = request.get('sec-fetch-site');
  if (origin !== undefined && hostOf(origin) !== request.get('host')) return `it comes from ${origin}`;
  if (site !== undefined && site !== 'same-origin') return `it is ${site}`;
  return isSignOut(request) || request.get(ownHeader) !== undefined ? undefined : `the header ${ownHeader} is missing`;
}

/** Who makes somebody sign out has gained nothing, and programs that sign in need not know the header. */
const isSignOut = ({ method, path }: Request): boolean => method === 'DELETE' && path === '/api/session';

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined);

type Attributes = Lifetime & { readonly sameSite: 'Strict' | 'Lax' };

const cookie = (name: string, value: string, { isSecure, maxAgeSeconds, sameSite }: Attributes): string =>
  [
    `${name}=${value}`,
    'Path=/',
    'HttpOnly',
    `SameSite=${sameSite}`,
    `Max-Age=${maxAgeSeconds}`,
    ...(isSecure ? ['Secure'] : []),
  ].join('; ');

const valueIn = (cookies: string | undefined, name: string): string | undefined =>
  cookies
    ?.split(';')
    .map((pair) => pair.trim().split('='))
    .find(([key]) => key === name)?.[1];
