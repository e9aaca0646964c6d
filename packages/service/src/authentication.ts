import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { type BaseConfig, localKeyFile } from './config.ts';
import { localKeyPair } from './local-key.ts';
import { type Problem, problem } from './problem.ts';
import { makeUser, roles, type User } from './role.ts';

/** Finds out who asks. @throws Problem `unauthenticated`, or `dependency-unavailable` while the key server is away. */
export type Authenticate = (authorization: string | undefined) => Promise<User>;

type AuthConfig = Pick<BaseConfig, 'AUTH_JWKS_URL' | 'AUTH_ISSUER' | 'AUTH_AUDIENCE' | 'AUTH_LOCAL_KEY_FILE'>;

const claims = z.object({
  sub: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^\0\r\n]*$/),
  role: z.enum(roles),
});

/** Public-key signatures only: a shared secret must never be taken for a public key. */
const remoteAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Who sends a token sends it with each request: what was found out holds as long as the token does, but no longer than this. */
const known = { forMs: 60_000, atMost: 10_000 };

const toleranceSeconds = 5;

/**
 * Verifies against AUTH_JWKS_URL (fetched once, cached, fetched again for an unknown key id), else against the local key. A token that was
 * verified is not verified again within a minute: the signature is a quarter of what a small request costs.
 */
export function createAuthenticate(config: AuthConfig): Authenticate {
  const users = new LRUCache<string, { user: User; endsAt: number }>({ max: known.atMost, ttl: known.forMs });
  const verify = config.AUTH_JWKS_URL ? remoteVerifier(config.AUTH_JWKS_URL) : localVerifier(config);
  const options = {
    issuer: config.AUTH_ISSUER,
    audience: config.AUTH_AUDIENCE,
    requiredClaims: ['exp'],
    clockTolerance: toleranceSeconds,
  };
  return async (authorization) => {
    const token = /^Bearer +([\w~+/.=-]+) *$/i.exec(authorization ?? '')?.[1];
    if (!token)
      throw unauthenticated(authorization ? 'the Authorization header holds no bearer token' : 'no token was sent');
    const seen = users.get(token);
    if (seen && Date.now() < seen.endsAt) return seen.user;
    const payload = await verify(token, options).catch(refuse);
    const parsed = claims.safeParse(payload);
    if (!parsed.success) throw unauthenticated('the token has no valid sub and role');
    const user = makeUser(parsed.data.sub, parsed.data.role);
    users.set(token, { user, endsAt: ((payload.exp ?? 0) + toleranceSeconds) * 1_000 });
    return user;
  };
}

type Verify = (token: string, options: JWTVerifyOptions) => Promise<JWTPayload>;

function remoteVerifier(url: string): Verify {
  const keys = createRemoteJWKSet(new URL(url));
  return async (token, options) => (await jwtVerify(token, keys, { ...options, algorithms: remoteAlgorithms })).payload;
}

/** The key is read at the first token, and again after a failure to read it. */
function localVerifier(config: AuthConfig): Verify {
  let loading: ReturnType<typeof localKeyPair> | undefined;
  return async (token, options) => {
    loading ??= localKeyPair(config.AUTH_LOCAL_KEY_FILE ?? localKeyFile());
    const { publicKey } = await loading.catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return (await jwtVerify(token, publicKey, { ...options, algorithms: ['EdDSA'] })).payload;
  };
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw unauthenticated('the token has expired', error);
  if (error instanceof errors.JWTClaimValidationFailed)
    throw unauthenticated(`the token's ${error.claim} is not accepted`, error);
  if (error instanceof errors.JWKSNoMatchingKey) throw unauthenticated('the token is signed by an unknown key', error);
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError) || isKeyServerFault(error)) {
    throw problem('dependency-unavailable', { dependency: 'the key server' }, { cause: error });
  }
  throw unauthenticated('the token is not valid', error);
}

/** jose says a plain JOSEError when the key server answers something else than 200. */
const isKeyServerFault = (error: errors.JOSEError): boolean =>
  error.code === 'ERR_JOSE_GENERIC' || error instanceof errors.JWKSInvalid;

const unauthenticated = (reason: string, cause?: unknown): Problem =>
  problem('unauthenticated', { reason }, { cause, headers: { 'WWW-Authenticate': 'Bearer realm="millrace"' } });
