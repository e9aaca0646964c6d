import { createECDH } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';

/** By which push services know who sends. */
export type VapidKeys = {
  /** What a browser asks for when it signs on: a point on P-256, in base64url. */
  readonly publicKey: string;
  /** The header `Authorization` of a message to this endpoint, by RFC 8292. */
  authorization(endpoint: string): Promise<string>;
};

/** Null where nothing is pushed. */
export type Vapid = () => Promise<VapidKeys | null>;

/** The keys, made when they are first needed. @param secret gives the private key, as `vapidKeysOf` takes it. */
export function vapid(secret: () => Promise<Buffer>, subject: string): Vapid {
  let known: VapidKeys | undefined;
  return async () => (known ??= await vapidKeysOf(await secret(), subject));
}

/** A day at most is allowed. */
const goodFor = '12h';

/**
 * @param secret 32 bytes, the private key.
 * @param subject whom the push service may write to.
 * @throws Error when the bytes are no key on P-256.
 */
export async function vapidKeysOf(secret: Buffer, subject: string): Promise<VapidKeys> {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(secret);
  const point = pair.getPublicKey();
  const publicKey = point.toString('base64url');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  const jwk = { kty: 'EC', crv: 'P-256', d: secret.toString('base64url'), x: `${x}`, y: `${y}` };
  const key = await importJWK(jwk, 'ES256');
  return {
    publicKey,
    async authorization(endpoint) {
      const token = await new SignJWT()
        .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
        .setAudience(new URL(endpoint).origin)
        .setExpirationTime(goodFor)
        .setSubject(subject)
        .sign(key);
      return `vapid t=${token}, k=${publicKey}`;
    },
  };
}
