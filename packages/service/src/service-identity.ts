import { decodeJwt, importJWK, type JWK, SignJWT } from 'jose';
import { type BaseConfig, localKeyFile } from './config.ts';
import { mintLocalToken } from './local-key.ts';
import type { Role } from './role.ts';

type IdentityConfig = Pick<
  BaseConfig,
  'AUTH_JWKS_URL' | 'AUTH_ISSUER' | 'AUTH_AUDIENCE' | 'AUTH_LOCAL_KEY_FILE' | 'SERVICE_KEY'
>;

/** By what a service shows another one who it is. */
export type ServiceIdentity = {
  /** The Authorization header of a request to another service: good for some minutes, `sub` `service:<name>`, role operator. */
  authorization(): Promise<string>;
  /** The same for a request in a person's name: `sub` is theirs, role member, and `act` (RFC 8693) tells which service acts. */
  authorizationFor(sub: string): Promise<string>;
  /** The same with the role that somebody else has vouched for, good until then. */
  authorizationAs(person: { sub: string; role: Role; until: Date }): Promise<string>;
};

const goodForSeconds = 300;

/**
 * Signs short-lived tokens for calls between services: by the local key, or, where an identity provider is set, by SERVICE_KEY,
 * a private key whose public part stands in that provider's key set.
 * @throws Error from `authorization` when AUTH_JWKS_URL is set and SERVICE_KEY is not.
 */
export function serviceIdentity(name: string, config: IdentityConfig): ServiceIdentity {
  const self = `service:${name}`;
  const mint = (claims: Claims) => (config.AUTH_JWKS_URL ? signed(claims, config) : local(claims, config));
  let present: { token: string; until: number } | undefined;
  return {
    async authorization() {
      if (!present || present.until < Date.now()) {
        const token = await mint({ sub: self, role: 'operator' });
        // Renewed long before it ends: it may travel for a while.
        present = { token, until: ((decodeJwt(token).exp ?? 0) - goodForSeconds / 2) * 1_000 };
      }
      return `Bearer ${present.token}`;
    },
    authorizationFor: async (sub) => `Bearer ${await mint({ sub, role: 'member', actor: self })}`,
    authorizationAs: async (person) => `Bearer ${await mint({ ...person, actor: self })}`,
  };
}

type Claims = { readonly sub: string; readonly role: Role; readonly actor?: string; readonly until?: Date };

const local = (
  { until, ...claims }: Claims,
  { AUTH_ISSUER, AUTH_AUDIENCE, AUTH_LOCAL_KEY_FILE }: IdentityConfig,
): Promise<string> =>
  mintLocalToken({
    ...claims,
    keyFile: AUTH_LOCAL_KEY_FILE ?? localKeyFile(),
    issuer: AUTH_ISSUER,
    audience: AUTH_AUDIENCE,
    expiresIn: until ?? `${goodForSeconds}s`,
  });

async function signed(
  { sub, role, actor, until }: Claims,
  { SERVICE_KEY, AUTH_ISSUER, AUTH_AUDIENCE }: IdentityConfig,
): Promise<string> {
  if (!SERVICE_KEY) {
    throw new Error(
      'services cannot call each other: AUTH_JWKS_URL is set and SERVICE_KEY is not; see docs/configuration.md',
    );
  }
  const key = JSON.parse(SERVICE_KEY) as JWK;
  return new SignJWT({ role, ...(actor && { act: { sub: actor } }) })
    .setProtectedHeader({ alg: key.alg ?? 'EdDSA', ...(key.kid && { kid: key.kid }) })
    .setSubject(sub)
    .setIssuer(AUTH_ISSUER)
    .setAudience(AUTH_AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(until ?? `${goodForSeconds}s`)
    .sign(await importJWK(key, key.alg ?? 'EdDSA'));
}
