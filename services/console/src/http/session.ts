import { type Authenticate, problem, Reply, type Route, route } from '@millrace/service';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import type { ProviderSessions } from './provider-sessions.ts';
import { secondsUntil, sessionCookie, sessionIn } from './session-cookie.ts';

type Parts = {
  readonly authenticate: Authenticate;
  readonly isSecure: boolean;
  readonly canTrace: boolean;
  /** Where people sign in by an identity provider. */
  readonly byProvider: { readonly name: string; readonly sessions: ProviderSessions } | undefined;
};

/** Signing in and out, and who one is. */
export const sessionRoutes = (parts: Parts): readonly Route[] => [
  wayIn(parts),
  signIn(parts),
  signOut(parts),
  me(parts),
];

const wayIn = ({ byProvider }: Parts) =>
  route({
    method: 'get',
    path: '/api/session',
    tag: 'session',
    summary: 'Tells how people sign in here: with a token, or by an identity provider and under which name.',
    role: 'public',
    responses: {
      200: z
        .object({ by: z.enum(['token', 'provider']), name: z.string().nullable() })
        .meta({ description: 'The way in; the one by a provider begins at `/api/session/begin?returnTo=…`.' }),
    },
    handle: async () => ({ by: byProvider ? 'provider' : 'token', name: byProvider?.name ?? null }),
  });

const person = z
  .object({
    sub: z.string(),
    role: z.enum(['member', 'viewer', 'operator', 'admin']),
    expiresAt: z.iso.datetime().meta({ description: 'Of the token; the session ends with it, or is renewed before.' }),
    canTrace: z.boolean().meta({ description: 'Whether traces can be looked at here.' }),
  })
  .meta({ id: 'Person', description: 'Who is signed in.' });

const signIn = ({ authenticate, isSecure, canTrace, byProvider }: Parts) =>
  route({
    method: 'post',
    path: '/api/session',
    tag: 'session',
    summary: 'Signs in with a token, which is kept in a cookie that no script can read.',
    role: 'public',
    // An answer that is kept would keep the token with it.
    idempotent: false,
    body: z.object({ token: z.string().trim().min(1).max(8_000) }),
    responses: { 200: person },
    problems: ['unauthenticated', 'conflict'],
    async handle({ body: { token } }) {
      if (byProvider) throw problem('conflict', { reason: onlyByProvider });
      const { sub, role } = await authenticate(`Bearer ${token}`);
      const expiresAt = expiryOf(token);
      const maxAgeSeconds = secondsUntil(expiresAt);
      return new Reply(
        200,
        { sub, role, expiresAt: expiresAt.toISOString(), canTrace },
        { 'Set-Cookie': sessionCookie(token, { isSecure, maxAgeSeconds }), 'Cache-Control': 'no-store' },
      );
    },
  });

const signOut = ({ isSecure, byProvider }: Parts) =>
  route({
    method: 'delete',
    path: '/api/session',
    tag: 'session',
    summary: 'Signs out: the session ends, and the browser forgets it.',
    role: 'public',
    responses: {
      200: z
        .object({ leaveBy: z.string() })
        .meta({ description: 'Signed out. Where the browser goes to leave the identity provider as well.' }),
      204: { description: 'Signed out.' },
    },
    async handle({ header }) {
      const secret = sessionIn(header('cookie'), isSecure);
      const leaveBy = secret ? await byProvider?.sessions.close(secret) : undefined;
      const forgotten = { 'Set-Cookie': sessionCookie('', { isSecure, maxAgeSeconds: 0 }) };
      return leaveBy ? new Reply(200, { leaveBy }, forgotten) : new Reply(204, undefined, forgotten);
    },
  });

const me = ({ canTrace }: Parts) =>
  route({
    method: 'get',
    path: '/api/me',
    tag: 'session',
    summary: 'Tells who is signed in.',
    role: 'any',
    responses: { 200: person },
    async handle({ user: { sub, role }, header }) {
      const token =
        header('authorization')
          ?.replace(/^Bearer +/i, '')
          .trim() ?? '';
      return { sub, role, expiresAt: expiryOf(token).toISOString(), canTrace };
    },
  });

const onlyByProvider = 'people sign in here by the identity provider; GET /api/session/begin leads there';

/** Every token that is let in has an end. */
const expiryOf = (token: string): Date => new Date((decodeJwt(token).exp ?? 0) * 1_000);
