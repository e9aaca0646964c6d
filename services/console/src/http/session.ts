import { type Authenticate, Reply, type Route, route } from '@millrace/service';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { sessionCookie } from './session-cookie.ts';

type Parts = { readonly authenticate: Authenticate; readonly isSecure: boolean; readonly canTrace: boolean };

/** Signing in and out, and who one is. */
export const sessionRoutes = (parts: Parts): readonly Route[] => [signIn(parts), signOut(parts), me(parts)];

const person = z
  .object({
    sub: z.string(),
    role: z.enum(['member', 'viewer', 'operator', 'admin']),
    expiresAt: z.iso.datetime().meta({ description: 'Of the token; the session ends with it.' }),
    canTrace: z.boolean().meta({ description: 'Whether traces can be looked at here.' }),
  })
  .meta({ id: 'Person', description: 'Who is signed in.' });

const signIn = ({ authenticate, isSecure, canTrace }: Parts) =>
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
    problems: ['unauthenticated'],
    async handle({ body: { token } }) {
      const { sub, role } = await authenticate(`Bearer ${token}`);
      const expiresAt = expiryOf(token);
      const maxAgeSeconds = Math.max(0, Math.floor((expiresAt.getTime() - Date.now()) / 1_000));
      return new Reply(
        200,
        { sub, role, expiresAt: expiresAt.toISOString(), canTrace },
        { 'Set-Cookie': sessionCookie(token, { isSecure, maxAgeSeconds }), 'Cache-Control': 'no-store' },
      );
    },
  });

const signOut = ({ isSecure }: Parts) =>
  route({
    method: 'delete',
    path: '/api/session',
    tag: 'session',
    summary: 'Signs out: the browser forgets the token.',
    role: 'public',
    responses: { 204: { description: 'Signed out.' } },
    handle: async () => new Reply(204, undefined, { 'Set-Cookie': sessionCookie('', { isSecure, maxAgeSeconds: 0 }) }),
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

/** Every token that is let in has an end. */
const expiryOf = (token: string): Date => new Date((decodeJwt(token).exp ?? 0) * 1_000);
