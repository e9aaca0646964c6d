import { decodeJwt, importJWK, type JWK, SignJWT } from 'jose';
import { type BaseConfig, localKeyFile } from './config.ts';
import { mintLocalToken } from './local-key.ts';

type IdentityConfig = Pick<
  BaseConfig,
  'AUTH_JWKS_URL' | 'AUTH_ISSUER' | 'AUTH_AUDIENCE' | 'AUTH_LOCAL_KEY_FILE' | 'SERVICE_KEY'
>;

/** By what a service shows another one who it is. */
export type ServiceIdentity = {
  /** The Authorization header of a request to another service: good for some minutes, `sub` `service:<name>`, role operator. */
  authorization(): Promise<string>;
};

const goodForSeconds = 300;

/**
 * Signs short-lived tokens for calls between services: by the local key, or, where an identity provider is set, by SERVICE_KEY,
 * a private key whose public part stands in that provider's key set.
 * @throws Error from `authorization` when AUTH_JWKS_URL is set and SERVICE_KEY is not.
 */
export function serviceIdentity(name: string, config: IdentityConfig): ServiceIdentity {
  const sub = `service:${name}`;
  let present: { token: string; until: number } | undefined;
  return {
    async authorization() {
      if (!present || present.until < Date.now()) {
        const token = config.AUTH_JWKS_URL ? await signed(sub, config) : await local(sub, config);
        // Renewed long before it ends: it may travel for a while.
        present = { token, until: ((decodeJwt(token).exp ?? 0) - goodForSeconds / 2) * 1_000 };
      }
      return `Bearer ${present.token}`;
    },
  };
}

const local = (sub: string, { AUTH_ISSUER, AUTH_AUDIENCE, AUTH_LOCAL_KEY_FILE }: IdentityConfig): Promise<string> =>
  mintLocalToken({
    role: 'operator',
    sub,
    keyFile: AUTH_LOCAL_KEY_FILE ?? localKeyFile(),
    issuer: AUTH_ISSUER,
    audience: AUTH_AUDIENCE,
    expiresIn: `${goodForSeconds}s`,
  });

async function signed(sub: string, { SERVICE_KEY, AUTH_ISSUER, AUTH_AUDIENCE }: IdentityConfig): Promise<string> {
  if (!SERVICE_KEY) {
    throw new Error(
      'services cannot call each other: AUTH_JWKS_URL is set and SERVICE_KEY is not; see docs/configuration.md',
    );
  }
  const key = JSON.parse(SERVICE_KEY) as JWK;
  return new SignJWT({ role: 'operator' })
    .setProtectedHeader({ alg: key.alg ?? 'EdDSA', ...(key.kid && { kid: key.kid }) })
    .setSubject(sub)
    .setIssuer(AUTH_ISSUER)
    .setAudience(AUTH_AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(`${goodForSeconds}s`)
    .sign(await importJWK(key, key.alg ?? 'EdDSA'));
}
