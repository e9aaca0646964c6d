import type { Kit } from '@millrace/service';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { IdentityProvider } from '../clients/identity-provider.ts';
import { LoginFailed, pageToReturnTo } from '../domain/login.ts';
import type { ProviderSessions } from './provider-sessions.ts';
import { loginCookie, loginIn, secondsUntil, sessionCookie } from './session-cookie.ts';

type Parts = {
  readonly provider: IdentityProvider;
  readonly sessions: ProviderSessions;
  readonly isSecure: boolean;
  readonly log: Kit['log'];
};

/** So long may somebody be at the provider. */
const loginSeconds = 600;

/**
 * The way to the identity provider and back, for browsers: `GET /api/session/begin?returnTo=/jobs` and `GET /api/session/callback`.
 * Every way ends at a page: the one that was asked for, or the door, with the reason why it stays shut.
 */
export function login(parts: Parts): Router {
  const router = Router();
  const door = (path: string, walk: (request: Request, response: Response) => Promise<void>) =>
    router.get(path, async (request, response) => {
      response.locals['route'] = path;
      response.set('Cache-Control', 'no-store').set('Referrer-Policy', 'no-referrer');
      await walk(request, response).catch((error: unknown) => turnAway(parts, response, error));
    });
  door('/api/session/begin', (request, response) => begin(parts, request, response));
  door('/api/session/callback', (request, response) => finish(parts, request, response));
  return router;
}

const keptShape = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
});

async function begin({ provider, isSecure }: Parts, request: Request, response: Response): Promise<void> {
  const { url, secrets } = await provider.begin();
  const kept = { ...secrets, returnTo: pageToReturnTo(request.query['returnTo']) } satisfies z.output<typeof keptShape>;
  const value = Buffer.from(JSON.stringify(kept)).toString('base64url');
  response.append('Set-Cookie', loginCookie(value, { isSecure, maxAgeSeconds: loginSeconds }));
  response.redirect(303, url);
}

/** A session begins with a secret of its own, whatever the browser held before. */
async function finish(
  { provider, sessions, isSecure, log }: Parts,
  request: Request,
  response: Response,
): Promise<void> {
  response.append('Set-Cookie', loginCookie('', { isSecure, maxAgeSeconds: 0 }));
  const { returnTo, ...secrets } = keptBy(request, isSecure);
  const query = request.originalUrl.slice(request.path.length);
  const grant = await provider.finish(query, secrets);
  const { secret, endsAt } = await sessions.open(grant);
  log.info({ sub: grant.sub }, 'signed in');
  response.append('Set-Cookie', sessionCookie(secret, { isSecure, maxAgeSeconds: secondsUntil(endsAt) }));
  response.redirect(303, pageToReturnTo(returnTo));
}

/** @throws LoginFailed `expired` when this browser has not begun to sign in, or too long ago. */
function keptBy(request: Request, isSecure: boolean): z.output<typeof keptShape> {
  const value = loginIn(request.get('cookie'), isSecure);
  try {
    return keptShape.parse(JSON.parse(Buffer.from(value ?? '', 'base64url').toString()));
  } catch (error) {
    throw new LoginFailed('this browser has not begun to sign in here, or too long ago', {
      why: 'expired',
      cause: error,
    });
  }
}

function turnAway({ log }: Parts, response: Response, error: unknown): void {
  if (!(error instanceof LoginFailed)) throw error;
  log.warn({ err: error, why: error.why }, 'not signed in');
  response.redirect(303, `/sign-in?why=${error.why}`);
}
